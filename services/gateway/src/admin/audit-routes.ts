import { type Database, listAudit } from '@tintype/database'
import { type Auth, bearer, errors, type HttpServer } from '@tintype/service-kit'
import { readTime } from '../date-times.ts'
import { AuditListSchema, AuditQuery } from './content-schemas.ts'
import { checkIds, readPage } from './paging.ts'

/** What administrators have changed. */
export function registerAdminAudit(
  app: HttpServer,
  { auth, database }: { auth: Auth; database: Database },
): void {
  app.get(
    '/audit',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        tags: ['admin'],
        security: bearer,
        summary: 'What administrators changed, newest first',
        querystring: AuditQuery,
        response: { 200: AuditListSchema, ...errors(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { actor, subject, action, from, to } = request.query
      checkIds({ actor, subject })
      const { items, nextCursor } = await readPage(request.query, (page) =>
        listAudit(database, {
          ...page,
          actorId: actor,
          subjectId: subject,
          action,
          from: readTime('from', from),
          to: readTime('to', to),
        }),
      )
      return {
        items: items.map((entry) => ({
          id: entry.id,
          at: entry.at.toISOString(),
          actor: { id: entry.actorId, username: entry.actorName },
          action: entry.action,
          subject: { type: entry.subjectType, id: entry.subjectId, name: entry.subjectName },
          before: entry.before,
          after: entry.after,
          address: entry.address,
          requestId: entry.requestId,
        })),
        nextCursor,
      }
    },
  )
}
