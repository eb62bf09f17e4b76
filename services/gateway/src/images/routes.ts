import { type Database, listImages, markDeleting } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { BadCursor } from './errors.ts'
import { findOwnImage } from './own-image.ts'
import { representImage, type Urls } from './representation.ts'
import { ImageListQuery, ImageListSchema, ImageSchema } from './schemas.ts'

export interface ImageRoutesDependencies {
  auth: Auth
  database: Database
  producer: Producer
  urls: Urls
}

/** A person's own images. Anybody else's are 404 here, whatever is asked of them. */
export function registerImages(app: HttpServer, dependencies: ImageRoutesDependencies): void {
  const { auth, database, producer, urls } = dependencies
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
      const { limit, cursor, state, q, order } = request.query
      if (cursor !== undefined && !isUuid(cursor)) throw withDetails(new BadCursor(), { field: 'cursor' })
      // One more than asked tells whether there is a next page.
      const found = await listImages(database, {
        ownerId: user.id,
        limit: limit + 1,
        after: cursor,
        order,
        state,
        text: q,
      })
      const page = found.slice(0, limit)
      const nextCursor = found.length > limit ? (page.at(-1)?.image.id ?? null) : null
      if (nextCursor !== null) {
        const next = new URLSearchParams({ ...(request.query as object), cursor: nextCursor })
        reply.header('link', `<${urls.images()}?${next}>; rel="next"`)
      }
      return { items: page.map((one) => representImage(one, user, urls)), nextCursor }
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

  app.delete(
    '/v1/images/:id',
    {
      onRequest: auth.allow('images:write'),
      schema: {
        ...route,
        summary: 'Delete a picture, with its renditions and links',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const marked = isUuid(id) && (await markDeleting(database, actorOf(request).user.id, id))
      if (!marked) throw new NotFound()
      // It is gone for everybody now; its bytes go in the background.
      await producer.enqueueDeletion(id).catch((error: unknown) => {
        request.log.warn({ err: error, imageId: id }, 'could not enqueue; the deletion sweep will')
      })
      return reply.code(204).send(null)
    },
  )
}
