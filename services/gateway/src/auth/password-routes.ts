import {
  type Announcer,
  type Auth,
  errors,
  type HttpServer,
  sessionActorOf,
  sessionOnly,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { type ChangePasswordDependencies, changePassword } from './change-password.ts'
import { TooManyWrongPasswords, WeakPassword, WrongPassword } from './errors.ts'
import { PasswordChange } from './schemas.ts'

/** A person's own password. */
export function registerPasswordRoutes(
  app: HttpServer,
  dependencies: ChangePasswordDependencies & { auth: Auth; announcer: Announcer },
): void {
  app.post(
    '/v1/auth/change-password',
    {
      onRequest: dependencies.auth.session,
      schema: {
        tags: ['auth'],
        summary: 'Change my password, and end every other session of mine',
        description: 'API keys go on: DELETE /v1/api-keys/:id ends one.',
        security: sessionOnly,
        body: PasswordChange,
        response: { 204: Type.Null(), ...errors(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { user, sessionId } = sessionActorOf(request)
      const order = { ...request.body, user, sessionId, address: request.ip }
      const change = await changePassword(dependencies, order)
      switch (change.outcome) {
        case 'changed':
          dependencies.announcer.accessChanged(user.id)
          return reply.code(204).send(null)
        case 'weak':
          throw withDetails(new WeakPassword(change.problem), { field: 'newPassword' })
        case 'wrong-password':
          throw withDetails(new WrongPassword(), { field: 'oldPassword' })
        case 'locked':
          reply.header('retry-after', change.retryAfterSeconds)
          throw new TooManyWrongPasswords()
      }
    },
  )
}
