import { finished, Readable } from 'node:stream'
import {
  createArchive,
  findArchive,
  findUser,
  listArchiveEntries,
  listOwnIds,
  type NewArchive,
} from '@tintype/database'
import { grants, isUuid, laneOf, parseTarget, uuidv7 } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Auth,
  actorOf,
  bearer,
  contentDisposition,
  errors,
  type HttpServer,
  IdParams,
  type Log,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import type { Urls } from '../images/representation.ts'
import type { SignedIds } from '../signed-ids.ts'
import { createUserTurns } from '../uploads/user-turns.ts'
import { type ArchiveDependencies, openArchive, requestMissing } from './contents.ts'
import { BadRendition, IdsOrAll, ImageNotFound, RenditionNotInTier, TooManyArchives } from './errors.ts'
import { ArchiveQuery, NewArchiveBody, NewArchiveSchema } from './schemas.ts'
import { zipOf } from './zip.ts'

/** How long an archive's address is good. */
const LIFE_SECONDS = 3600
/** Archives of one user that are fetched at once from one process. */
const MAX_ARCHIVES_PER_USER = 2

/** The address alone lets its bearer in, so nobody keeps a copy, lists it, or passes it on. */
const CAPABILITY_HEADERS = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; sandbox",
}

/** Pictures of which an order itself has enqueued what is missing: as many as can be named. */
const MAX_ENQUEUED = 1000

export interface ArchiveRoutesDependencies extends ArchiveDependencies {
  auth: Auth
  producer: Pick<Producer, 'enqueueDerivations'>
  urls: Urls
  signedArchives: SignedIds
}

/** `/v1/archives`: many pictures as one file. */
export function registerArchives(app: HttpServer, dependencies: ArchiveRoutesDependencies): void {
  const { auth, database, store, producer, urls, signedArchives } = dependencies
  const takeTurn = createUserTurns(MAX_ARCHIVES_PER_USER)

  app.post(
    '/v1/archives',
    {
      onRequest: auth.allow('images:read'),
      schema: {
        tags: ['images'],
        security: bearer,
        summary: 'An address to fetch many pictures from, as a Zip',
        description:
          'It is good for an hour. What is not made yet is being made from now on; what cannot be included ' +
          'when the archive is fetched is listed in it.',
        body: NewArchiveBody,
        response: { 201: NewArchiveSchema, ...errors(400, 401, 403, 404, 413, 503) },
      },
    },
    async (request, reply) => {
      const { user } = actorOf(request)
      const { ids, all } = request.body
      if ((ids === undefined) === (all === undefined)) throw withDetails(new IdsOrAll(), { field: 'ids' })
      const rendition = parseTarget(request.body.rendition)
      if (rendition === undefined) throw withDetails(new BadRendition(), { field: 'rendition' })
      if (!grants(user.tier, rendition)) {
        throw withDetails(new RenditionNotInTier(rendition), { field: 'rendition' })
      }
      const imageIds = ids === undefined ? null : [...new Set(ids)]
      if (imageIds !== null) {
        const own = await listOwnIds(database, user.id, imageIds.filter(isUuid))
        const unknown = imageIds.find((id) => !own.has(id))
        if (unknown !== undefined)
          throw withDetails(new ImageNotFound(unknown), { field: 'ids', id: unknown })
      }
      const id = uuidv7()
      const archive = { id, ownerId: user.id, imageIds, rendition }
      const expiresAt = await createArchive(database, archive, LIFE_SECONDS)
      await prepare(archive, request.log)
      const url = `${urls.archive(id)}?signature=${signedArchives.sign(id)}`
      reply.header('cache-control', 'no-store')
      return reply.code(201).send({ url, expiresAt: expiresAt.toISOString() })
    },
  )

  app.get(
    '/v1/archives/:id',
    {
      schema: {
        tags: ['images'],
        summary: 'The pictures of an archive, as a Zip',
        description: 'The address comes from `POST /v1/archives`, and its signature is all it needs.',
        params: IdParams,
        querystring: ArchiveQuery,
        response: {
          200: Type.Unsafe<unknown>({ type: 'string', format: 'binary', description: 'The archive' }),
          ...errors(400, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const isSigned = signedArchives.verify(id, request.query.signature)
      const archive = isSigned ? await findArchive(database, id) : undefined
      const owner = archive && (await findUser(database, archive.ownerId))
      if (archive === undefined || owner === undefined) throw new NotFound()
      const { rendition } = archive
      if (!grants(owner.tier, rendition)) throw new RenditionNotInTier(rendition)
      const headers = {
        ...CAPABILITY_HEADERS,
        'content-disposition': contentDisposition(
          `${rendition}-${archive.createdAt.toISOString().slice(0, 10)}.zip`,
          true,
        ),
      }
      if (request.method === 'HEAD') {
        return reply.headers(headers).type('application/zip').send(Readable.from([]))
      }
      const turn = takeTurn(archive.ownerId)
      if (!turn.isFree) {
        reply.header('retry-after', 30)
        throw new TooManyArchives(MAX_ARCHIVES_PER_USER)
      }
      const left = new AbortController()
      // Also where the client has left while the rows were read.
      finished(reply.raw, () => {
        left.abort()
        turn[Symbol.dispose]()
      })
      // While an error can still be answered.
      await store.ping(left.signal)
      const zip = zipOf(openArchive(dependencies, archive, left.signal))
      zip.once('error', (error: Error) => {
        if (!left.signal.aborted) request.log.error({ err: error }, 'an archive was cut')
      })
      return reply.headers(headers).type('application/zip').send(zip)
    },
  )

  /** Has what an archive lacks made before it is fetched. Of a larger one the rest is asked for as it is fetched. */
  async function prepare(archive: NewArchive, log: Log): Promise<void> {
    const { rendition } = archive
    if (rendition === 'original') return
    const entries = await listArchiveEntries(database, archive, { after: undefined, limit: MAX_ENQUEUED })
    const asked = await requestMissing(database, archive, entries)
    if (asked.length === 0) return
    await producer.enqueueDerivations(laneOf(rendition), asked).catch((error: unknown) => {
      log.warn({ err: error, archiveId: archive.id }, 'could not enqueue; the pending sweep will')
    })
  }
}
