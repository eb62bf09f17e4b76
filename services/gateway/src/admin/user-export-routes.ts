import { type Database, recordUserExport } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  SessionNeeded,
} from '@tintype/service-kit'
import { ExportSchema, type SendExport } from '../exports/send.ts'
import { auditActorOf } from './audit-actor.ts'

/** All that is kept of a user, for whoever has to answer what that is. */
export function registerAdminUserExport(
  app: HttpServer,
  { auth, database, sendExport }: { auth: Auth; database: Database; sendExport: SendExport },
): void {
  app.get(
    '/users/:id/export',
    {
      onRequest: auth.withRole('admin'),
      exposeHeadRoute: false,
      schema: {
        tags: ['admin'],
        security: bearer,
        summary: 'All that is kept of a user, as a Zip',
        description:
          'Records of everything in JSON, and every uploaded file whatever the tier grants. It is written into ' +
          'the audit log, and no API key may do it.',
        params: IdParams,
        response: { 200: ExportSchema, ...errors(401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id: userId } = request.params
      if (actorOf(request).by !== 'session') throw new SessionNeeded()
      if (!isUuid(userId)) throw new NotFound()
      return sendExport(request, reply, {
        userId,
        originals: true,
        async before() {
          if (!(await recordUserExport(database, userId, auditActorOf(request)))) throw new NotFound()
        },
      })
    },
  )
}
