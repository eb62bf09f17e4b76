import { type Database, listAllLiveLinks, revokeAnyLink } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import { type Auth, bearer, errors, type HttpServer, IdParams, NotFound } from '@tintype/service-kit'
import { Type } from 'typebox'
import type { AdminUrls } from './admin-urls.ts'
import { auditActorOf } from './audit-actor.ts'
import { AdminLinkListQuery, AdminLinkListSchema } from './content-schemas.ts'
import { checkIds, readPage } from './paging.ts'

/** Everybody's links. What opens one is shown to its owner alone. */
export function registerAdminLinks(
  app: HttpServer,
  { auth, database, urls }: { auth: Auth; database: Database; urls: AdminUrls },
): void {
  const route = { tags: ['admin'], security: bearer }

  app.get(
    '/links',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'Everybody’s live links, newest first',
        querystring: AdminLinkListQuery,
        response: { 200: AdminLinkListSchema, ...errors(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { owner, image } = request.query
      checkIds({ owner, image })
      const { items, nextCursor } = await readPage(request.query, (page) =>
        listAllLiveLinks(database, { ...page, ownerId: owner, imageId: image }),
      )
      return {
        items: items.map((link) => ({
          id: link.id,
          image: { id: link.imageId, title: link.imageTitle, filename: link.imageFilename },
          owner: { id: link.ownerId, username: link.ownerName, href: urls.user(link.ownerId) },
          target: link.target,
          createdAt: link.createdAt.toISOString(),
          expiresAt: link.expiresAt.toISOString(),
          expiresIn: Math.ceil(link.remainingMs / 1000),
          maxUses: link.maxUses,
          hasPassword: link.hasPassword,
          filename: link.filename,
        })),
        nextCursor,
      }
    },
  )

  app.delete(
    '/links/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'End a link, at once',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      // The row is the durable record, which every visit asks: nothing else needs to hear of it.
      const known = isUuid(id) && (await revokeAnyLink(database, id, auditActorOf(request)))
      if (!known) throw new NotFound()
      return reply.code(204).send(null)
    },
  )
}
