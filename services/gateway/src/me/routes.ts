import { type Auth, actorOf, bearer, errors, type HttpServer } from '@tintype/service-kit'
import { representUser } from './representation.ts'
import { UserSchema } from './schemas.ts'

/** The caller's own account. */
export function registerMe(app: HttpServer, { auth }: { auth: Auth }): void {
  app.get(
    '/v1/me',
    {
      onRequest: auth.allow('images:read'),
      schema: {
        tags: ['account'],
        summary: 'Who I am, what my tier grants, and how much of it I use',
        security: bearer,
        response: { 200: UserSchema, ...errors(401, 503) },
      },
    },
    async (request) => representUser(actorOf(request).user),
  )
}
