import type { Database, ImageWithRenditions } from '@tintype/database'
import {
  conversionName,
  originalKey,
  parseConversionFormat,
  parseHeight,
  thumbnailName,
  webpThumbnailName,
} from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  type ReadRecorder,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { BadHeight, NoSuchConversion } from './errors.ts'
import { acceptsWebp } from './negotiation.ts'
import { findOwnImage } from './own-image.ts'
import { look, type Renditions } from './renditions.ts'
import type { Urls } from './representation.ts'
import { checkGrant } from './rights.ts'
import { BytesQuery, ConversionParams, fileSchema, NotReadySchema, ThumbnailParams } from './schemas.ts'
import { createSender } from './send.ts'

export interface BytesRoutesDependencies {
  auth: Pick<Auth, 'allow' | 'renew'>
  database: Database
  store: ObjectStore
  renditions: Renditions
  reads: ReadRecorder
  urls: Urls
}

const DESCRIBED = 'Who prefers `application/json` to pictures gets a description of it instead.'

/** The files of a person's own images: the original, and what is derived from it. */
export function registerImageBytes(app: HttpServer, dependencies: BytesRoutesDependencies): void {
  const { auth, database, renditions, urls } = dependencies
  const onRequest = auth.allow('images:read')
  const route = { tags: ['images'], security: bearer, querystring: BytesQuery }
  const { sendFile, sendRendition } = createSender(dependencies)

  app.get(
    '/v1/images/:id/original',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'The uploaded file, byte for byte',
        description: DESCRIBED,
        params: IdParams,
        response: {
          200: fileSchema('The file'),
          206: fileSchema('A part of it'),
          304: Type.Null(),
          ...errors(400, 401, 403, 404, 416, 503),
        },
      },
    },
    async (request, reply) => {
      const { image } = await findOwnImage(database, request, request.params.id)
      checkGrant(actorOf(request).user.tier, 'original')
      const { format, width, height, bytes, filename } = image
      const file = { key: originalKey(image.id), format, width, height, bytes }
      return sendFile(request, reply, { file, filename, url: urls.original(image.id) })
    },
  )

  app.get(
    '/v1/images/:id/thumbnails/:height',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'A thumbnail, at most so many pixels high',
        description: `One that is not there yet is made at once; where that takes more than 5 s the answer is 202. Who accepts \`image/webp\` gets WebP once it is made, which their first request asks for. ${DESCRIBED}`,
        params: ThumbnailParams,
        response: {
          200: fileSchema('The thumbnail'),
          202: NotReadySchema,
          206: fileSchema('A part of it'),
          304: Type.Null(),
          ...errors(400, 401, 403, 404, 416, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const found = await findOwnImage(database, request, request.params.id)
      const { height: asked } = request.params
      // `h200` is a rendition's name, and no height.
      const height = asked.startsWith('h') ? undefined : parseHeight(asked)
      if (height === undefined) throw withDetails(new BadHeight(), { field: 'height' })
      const name = thumbnailName(height)
      checkGrant(actorOf(request).user.tier, name)

      const variant = acceptsWebp(request.headers.accept) ? webpThumbnailName(height) : undefined
      const target = {
        filename: (extension: string) => `${stemOf(found)}-${height}.${extension}`,
        url: urls.thumbnail(found.image.id, height),
        retryAfterSeconds: 2,
      }
      if (variant === undefined) return sendRendition(request, reply, { ...target, found, name })
      if (look(found, variant).outcome === 'ready')
        return sendRendition(request, reply, { ...target, found, name: variant })
      const sent = await sendRendition(request, reply, { ...target, found, name })
      // Once the default one is on its way: nobody waits for a variant.
      renditions.prepare(found, variant, request.log)
      return sent
    },
  )

  app.get(
    '/v1/images/:id/conversions/:format',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'The picture at its full size in another format',
        description: `One that is not there yet is made at once; where that takes more than 5 s, and always for AVIF, the answer is 202. ${DESCRIBED}`,
        params: ConversionParams,
        response: {
          200: fileSchema('The picture'),
          202: NotReadySchema,
          206: fileSchema('A part of it'),
          304: Type.Null(),
          ...errors(400, 401, 403, 404, 415, 416, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const found = await findOwnImage(database, request, request.params.id)
      const format = parseConversionFormat(request.params.format)
      if (format === undefined) throw withDetails(new NoSuchConversion(), { field: 'format' })
      const name = conversionName(format)
      checkGrant(actorOf(request).user.tier, name)
      return sendRendition(request, reply, {
        found,
        name,
        filename: (extension) => `${stemOf(found)}.${extension}`,
        url: urls.conversion(found.image.id, format),
        retryAfterSeconds: format === 'avif' ? 10 : 2,
      })
    },
  )
}

function stemOf({ image }: ImageWithRenditions): string {
  return image.filename.replace(/\.[^.]*$/, '')
}
