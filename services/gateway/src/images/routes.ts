import { countImages, type Database, listImages } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  withDetails,
} from '@tintype/service-kit'
import { BadCursor } from './errors.ts'
import { findOwnImage } from './own-image.ts'
import { representImage, type Urls } from './representation.ts'
import { ImageListQuery, ImageListSchema, ImageSchema } from './schemas.ts'

export interface ImageRoutesDependencies {
  auth: Auth
  database: Database
  urls: Urls
}

/** A person's own images. Anybody else's are 404 here, whatever is asked of them. */
export function registerImages(app: HttpServer, dependencies: ImageRoutesDependencies): void {
  const { auth, database, urls } = dependencies
  const onRequest = auth.allow('images:read')
  const route = { tags: ['images'], security: bearer }

  app.get(
    '/v1/images',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'My pictures, newest first',
        querystring: ImageListQuery,
        response: { 200: ImageListSchema, ...errors(400, 401, 503) },
      },
    },
    async (request, reply) => {
      const { user } = actorOf(request)
      const { limit, cursor, state, q, order, total } = request.query
      if (cursor !== undefined && !isUuid(cursor)) throw withDetails(new BadCursor(), { field: 'cursor' })
      // One more than asked tells whether there is a next page.
      const filter = { ownerId: user.id, state, text: q }
      const [found, count] = await Promise.all([
        listImages(database, { ...filter, limit: limit + 1, after: cursor, order }),
        total ? countImages(database, filter) : undefined,
      ])
      const page = found.slice(0, limit)
      const nextCursor = found.length > limit ? (page.at(-1)?.image.id ?? null) : null
      if (nextCursor !== null) {
        const next = new URLSearchParams({ ...(request.query as object), cursor: nextCursor })
        reply.header('link', `<${urls.images()}?${next}>; rel="next"`)
      }
      return {
        items: page.map((one) => representImage(one, user, urls)),
        nextCursor,
        ...(count === undefined ? {} : { total: count }),
      }
    },
  )

  app.get(
    '/v1/images/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'One picture',
        params: IdParams,
        response: { 200: ImageSchema, ...errors(401, 404, 503) },
      },
    },
    async (request) => {
      const found = await findOwnImage(database, request, request.params.id)
      return representImage(found, actorOf(request).user, urls)
    },
  )
}
