import {
  countImages,
  type Database,
  findImage,
  type ImageWithRenditions,
  listImages,
} from '@tintype/database'
import {
  extensionOf,
  FAILURES,
  grants,
  isUuid,
  mediaTypeOf,
  originalKey,
  parseHeight,
  thumbnailName,
} from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  sendObject,
  withDetails,
} from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { BadCursor, BadHeight, ImageFailed, OriginalNotInTier, ThumbnailNotInTier } from './errors.ts'
import { representImage, type Urls } from './representation.ts'
import {
  BytesQuery,
  ImageListQuery,
  ImageListSchema,
  ImageSchema,
  NotReadySchema,
  ThumbnailParams,
} from './schemas.ts'
import type { Thumbnails } from './thumbnails.ts'

export interface ImageRoutesDependencies {
  auth: Auth
  database: Database
  store: ObjectStore
  thumbnails: Thumbnails
  urls: Urls
}

/** A person's own images. Anybody else's are 404 here, whatever is asked of them. */
export function registerImages(app: HttpServer, dependencies: ImageRoutesDependencies): void {
  const { auth, database, store, thumbnails, urls } = dependencies
  const onRequest = auth.allow('images:read')
  const route = { tags: ['images'], security: bearer }

  async function ownImage(request: FastifyRequest, id: string): Promise<ImageWithRenditions> {
    const found = isUuid(id) ? await findImage(database, actorOf(request).user.id, id) : undefined
    if (found === undefined) throw new NotFound()
    return found
  }

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
      const found = await ownImage(request, request.params.id)
      return representImage(found, actorOf(request).user, urls)
    },
  )

  app.get(
    '/v1/images/:id/original',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'The uploaded file, byte for byte',
        params: IdParams,
        querystring: BytesQuery,
        response: {
          200: bytes('The file'),
          206: bytes('A part of it'),
          304: Type.Null(),
          ...errors(400, 401, 403, 404, 416, 503),
        },
      },
    },
    async (request, reply) => {
      const { image } = await ownImage(request, request.params.id)
      if (!grants(actorOf(request).user.tier, 'original')) throw new OriginalNotInTier()
      return sendObject(request, reply, store, {
        key: originalKey(image.id),
        bytes: image.bytes,
        contentType: mediaTypeOf(image.format),
        ...disposition(request.query, image.filename),
        ...PRIVATE,
      })
    },
  )

  app.get(
    '/v1/images/:id/thumbnails/:height',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'A thumbnail, at most so many pixels high',
        description:
          'One that is not there yet is made at once; where that takes more than 5 s the answer is 202.',
        params: ThumbnailParams,
        querystring: BytesQuery,
        response: {
          200: bytes('The thumbnail'),
          202: NotReadySchema,
          206: bytes('A part of it'),
          304: Type.Null(),
          ...errors(400, 401, 403, 404, 416, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const found = await ownImage(request, request.params.id)
      const { height: asked } = request.params
      // `h200` is a rendition's name, and no height.
      const height = asked.startsWith('h') ? undefined : parseHeight(asked)
      if (height === undefined) throw withDetails(new BadHeight(), { field: 'height' })
      const { tier } = actorOf(request).user
      const name = thumbnailName(height)
      if (!grants(tier, name))
        throw new ThumbnailNotInTier(height, tier.thumbnailHeights.join(', ') || 'none')

      const thumbnail = await thumbnails.obtain(found, name, request.log)
      switch (thumbnail.outcome) {
        case 'gone':
          throw new NotFound()
        case 'failed':
          throw withDetails(new ImageFailed(FAILURES[thumbnail.code]), { reason: thumbnail.code })
        case 'pending':
          reply.header('retry-after', 2)
          return reply.code(202).send({ state: 'pending', url: urls.thumbnail(found.image.id, height) })
        case 'ready': {
          const { file } = thumbnail
          const stem = found.image.filename.replace(/\.[^.]*$/, '')
          return sendObject(request, reply, store, {
            key: file.key,
            bytes: file.bytes,
            contentType: mediaTypeOf(file.format),
            ...disposition(request.query, `${stem}-${height}.${extensionOf(file.format)}`),
            ...PRIVATE,
          })
        }
      }
    },
  )
}

/** A browser may keep it, but asks each time whether it may still show it. */
const PRIVATE = { cacheControl: 'private, no-cache', ranges: true } as const

function disposition(query: { download: boolean; filename?: string }, filename: string) {
  return { filename: query.filename ?? filename, attachment: query.download || query.filename !== undefined }
}

function bytes(description: string) {
  return Type.Unsafe<unknown>({ type: 'string', format: 'binary', description })
}
