import { type Database, endSession, listSessions } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import {
  type Announcer,
  type Auth,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  sessionActorOf,
  sessionOnly,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { SessionListSchema } from './schemas.ts'

/** The devices that a person is signed in on. */
export function registerSessionRoutes(
  app: HttpServer,
  { auth, database, announcer }: { auth: Auth; database: Database; announcer: Announcer },
): void {
  const route = { tags: ['auth'], security: sessionOnly }

  app.get(
    '/v1/auth/sessions',
    {
      onRequest: auth.session,
      schema: {
        ...route,
        summary: 'Where I am signed in, the last used first',
        response: { 200: SessionListSchema, ...errors(401, 403, 503) },
      },
    },
    async (request) => {
      const { user, sessionId } = sessionActorOf(request)
      const sessions = await listSessions(database, user.id)
      return {
        items: sessions.map(({ id, createdAt, rotatedAt, expiresAt, userAgent, address }) => ({
          id,
          createdAt: createdAt.toISOString(),
          lastUsedAt: rotatedAt.toISOString(),
          expiresAt: expiresAt.toISOString(),
          userAgent,
          address,
          current: id === sessionId,
        })),
      }
    },
  )

  app.delete(
    '/v1/auth/sessions/:id',
    {
      onRequest: auth.session,
      schema: {
        ...route,
        summary: 'Sign out there, at once',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id: sessionId } = request.params
      const userId = sessionActorOf(request).user.id
      if (!isUuid(sessionId) || !(await endSession(database, { userId, sessionId }))) throw new NotFound()
      announcer.accessChanged(userId)
      return reply.code(204).send(null)
    },
  )
}
