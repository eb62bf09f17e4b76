import { grants } from '@tintype/domain'
import { type Auth, actorOf, bearer, errors, type HttpServer } from '@tintype/service-kit'
import { ExportSchema, type SendExport } from './send.ts'

/** `GET /v1/me/export`: all that is kept of oneself. */
export function registerExport(
  app: HttpServer,
  { auth, sendExport }: { auth: Auth; sendExport: SendExport },
): void {
  app.get(
    '/v1/me/export',
    {
      onRequest: auth.session,
      exposeHeadRoute: false,
      schema: {
        tags: ['account'],
        security: bearer,
        summary: 'All that is kept of me, as a Zip',
        description:
          'Records of everything in JSON, and the uploaded files where the tier grants originals. ' +
          'No password, key or secret is in it.',
        response: { 200: ExportSchema, ...errors(401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { user } = actorOf(request)
      return sendExport(request, reply, { userId: user.id, originals: grants(user.tier, 'original') })
    },
  )
}
