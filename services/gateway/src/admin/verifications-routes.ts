import {
  type Database,
  findVerification,
  listVerificationFindings,
  listVerifications,
  startVerification,
  stopVerification,
  type Verification,
  type VerificationFinding,
} from '@tintype/database'
import { isUuid, VERIFICATION_PROBLEMS } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import { type Auth, bearer, errors, type HttpServer, IdParams, NotFound } from '@tintype/service-kit'
import { Type } from 'typebox'
import { auditActorOf } from './audit-actor.ts'
import { VerificationRuns } from './errors.ts'
import { readPage } from './paging.ts'
import {
  FindingListQuery,
  FindingListSchema,
  VerificationListQuery,
  VerificationListSchema,
  VerificationSchema,
  VerificationWishes,
} from './verification-schemas.ts'

/** Whether all that rows say is in the store, and nothing else: compared by a worker. */
export function registerAdminVerifications(
  app: HttpServer,
  {
    auth,
    database,
    producer,
  }: { auth: Auth; database: Database; producer: Pick<Producer, 'enqueueVerification'> },
): void {
  const route = { tags: ['admin'], security: bearer }

  app.post(
    '/verifications',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Compare all pictures with what is in the store',
        description: 'In the background, one at a time. A worker goes on with it where another was ended.',
        body: VerificationWishes,
        response: { 202: VerificationSchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const started = await startVerification(database, request.body, auditActorOf(request))
      if (started.outcome === 'running') throw new VerificationRuns()
      const { verification } = started
      await producer.enqueueVerification(verification.id).catch((error: unknown) => {
        request.log.warn({ err: error }, 'could not enqueue; the sweep of verifications will')
      })
      return reply.code(202).send(represent(verification))
    },
  )

  app.get(
    '/verifications',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'The latest comparisons with the store, newest first',
        querystring: VerificationListQuery,
        response: { 200: VerificationListSchema, ...errors(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { items, nextCursor } = await readPage(request.query, (page) => listVerifications(database, page))
      return { items: items.map(represent), nextCursor }
    },
  )

  app.get(
    '/verifications/:id',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'How far a comparison with the store is, and how much it found',
        params: IdParams,
        response: { 200: VerificationSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => represent(await find(request.params.id)),
  )

  app.get(
    '/verifications/:id/findings',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'What a comparison with the store found',
        description:
          'Of very much the first. Of what lies in the store and belongs to nothing, the id in its name.',
        params: IdParams,
        querystring: FindingListQuery,
        response: { 200: FindingListSchema, ...errors(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const { id } = await find(request.params.id)
      const after = cursor === undefined ? undefined : Number(cursor)
      const found = await listVerificationFindings(database, id, { limit: limit + 1, after })
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return {
        items: items.map(representFinding),
        nextCursor: last === undefined ? null : String(last.number),
      }
    },
  )

  app.delete(
    '/verifications/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Stop a comparison with the store that runs',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const isStopped = isUuid(id) && (await stopVerification(database, id, auditActorOf(request)))
      if (!isStopped) throw new NotFound()
      return reply.code(204).send(null)
    },
  )

  async function find(id: string): Promise<Verification> {
    const verification = isUuid(id) ? await findVerification(database, id) : undefined
    if (verification === undefined) throw new NotFound()
    return verification
  }
}

function represent({
  cursor: _cursor,
  progressAt: _progressAt,
  startedAt,
  endedAt,
  ...fields
}: Verification) {
  return {
    ...fields,
    startedAt: startedAt.toISOString(),
    ...(endedAt === null ? {} : { endedAt: endedAt.toISOString() }),
  }
}

function representFinding({ problem, subjectId, rendition, expected, actual, mended }: VerificationFinding) {
  const type = problem === 'usage' ? 'user' : problem === 'orphan' ? 'file' : 'image'
  return {
    problem,
    message: VERIFICATION_PROBLEMS[problem],
    subject: { type: type as 'user' | 'file' | 'image', id: subjectId },
    ...(rendition === null ? {} : { rendition }),
    ...(expected === null ? {} : { expected }),
    ...(actual === null ? {} : { actual }),
    mended,
  }
}
