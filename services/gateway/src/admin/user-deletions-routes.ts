import { type AuditActor, type Database, deleteUser, type UserDeletionOutcome } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Announcer,
  type Auth,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  type Log,
  NotFound,
  toErrorBody,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { auditActorOf } from './audit-actor.ts'
import { LastAdmin } from './errors.ts'
import { IdsBody, UserDeletionsSchema } from './schemas.ts'

/** The deletion of users, one by one and in bulk. */
export function registerAdminUserDeletions(
  app: HttpServer,
  {
    auth,
    database,
    producer,
    announcer,
  }: { auth: Auth; database: Database; producer: Producer; announcer: Announcer },
): void {
  const route = { tags: ['admin'], security: bearer }
  const onRequest = auth.withRole('admin')

  app.delete(
    '/users/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Delete a user, with their pictures',
        description:
          'They are gone for everybody at once, and name and address are free. Files go in the background.',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const outcome = await remove(request.params.id, auditActorOf(request), request.log)
      if (outcome.outcome !== 'deleted') throw refusal(outcome.outcome)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/users/delete',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Delete several users',
        body: IdsBody,
        response: { 200: UserDeletionsSchema, ...errors(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request) => {
      const by = auditActorOf(request)
      const items = []
      // One after the other: whether one is the last administrator hangs on those before.
      for (const id of request.body.ids) {
        const { outcome } = await remove(id, by, request.log)
        items.push(
          outcome === 'deleted'
            ? { id, status: 'deleted' as const }
            : { id, status: 'refused' as const, error: toErrorBody(refusal(outcome)) },
        )
      }
      return { items }
    },
  )

  async function remove(id: string, by: AuditActor, log: Log): Promise<UserDeletionOutcome> {
    if (!isUuid(id)) return { outcome: 'not-found' }
    const outcome = await deleteUser(database, id, by)
    if (outcome.outcome === 'deleted') {
      announcer.accessChanged(id)
      await producer.enqueueUserDeletion(id).catch((error: unknown) => {
        log.warn({ err: error, userId: id }, 'could not enqueue; the sweep of deleted users will')
      })
    }
    return outcome
  }
}

function refusal(outcome: Exclude<UserDeletionOutcome['outcome'], 'deleted'>) {
  return outcome === 'last-admin' ? new LastAdmin() : new NotFound()
}
