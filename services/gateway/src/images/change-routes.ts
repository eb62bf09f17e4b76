import { type Database, markAllDeleting, markDeleting, renameImage } from '@tintype/database'
import { isUuid } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Announcer,
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
import { displayName } from '../uploads/names.ts'
import { NameEmpty } from './errors.ts'
import { representImage, type Urls } from './representation.ts'
import { DeletionBody, DeletionResultSchema, ImageNames, ImageSchema } from './schemas.ts'

export interface ImageChangeDependencies {
  auth: Auth
  database: Database
  producer: Producer
  announcer: Announcer
  urls: Urls
}

/** What a person changes of their own images: names, and whether they are there. */
export function registerImageChanges(app: HttpServer, dependencies: ImageChangeDependencies): void {
  const { auth, database, producer, announcer, urls } = dependencies
  const onRequest = auth.allow('images:write')
  const route = { tags: ['images'], security: bearer }

  app.patch(
    '/v1/images/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Give a picture another title or file name',
        params: IdParams,
        body: ImageNames,
        response: { 200: ImageSchema, ...errors(400, 401, 404, 413, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const { user } = actorOf(request)
      const { title, filename } = request.body
      const names = {
        ...(title === undefined ? {} : { title: cleaned('title', title) }),
        ...(filename === undefined ? {} : { filename: cleaned('filename', filename) }),
      }
      const renamed = isUuid(id) ? await renameImage(database, { ownerId: user.id, id }, names) : undefined
      if (renamed === undefined) throw new NotFound()
      announcer.imagesChanged(user.id)
      return representImage(renamed, user, urls)
    },
  )

  app.delete(
    '/v1/images/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Delete a picture, with its renditions and links',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { user } = actorOf(request)
      const marked = isUuid(id) && (await markDeleting(database, user.id, id))
      if (!marked) throw new NotFound()
      announcer.imagesChanged(user.id)
      // It is gone for everybody now; its bytes go in the background.
      await producer.enqueueDeletion(id).catch((error: unknown) => {
        request.log.warn({ err: error, imageId: id }, 'could not enqueue; the deletion sweep will')
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/images/delete',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Delete up to a thousand pictures',
        description: 'Those that are not yours, or are none, do not keep the others from being deleted.',
        body: DeletionBody,
        response: { 200: DeletionResultSchema, ...errors(400, 401, 413, 503) },
      },
    },
    async (request) => {
      const { ids } = request.body
      const wanted = [...new Set(ids.filter(isUuid))]
      const { user } = actorOf(request)
      const gone = wanted.length === 0 ? new Set() : await markAllDeleting(database, user.id, wanted)
      if (gone.size > 0) {
        announcer.imagesChanged(user.id)
        await producer.enqueueDeletions(wanted.filter((id) => gone.has(id))).catch((error: unknown) => {
          request.log.warn({ err: error, count: gone.size }, 'could not enqueue; the deletion sweep will')
        })
      }
      return {
        items: ids.map((id) => ({
          id,
          status: gone.has(id) ? ('deleted' as const) : ('not-found' as const),
        })),
      }
    },
  )
}

/** @throws NameEmpty where nothing is left of it; no title is one all the same. */
function cleaned(field: 'title' | 'filename', text: string): string {
  const name = displayName(text, '')
  if (name === '' && (field === 'filename' || text !== '')) throw withDetails(new NameEmpty(field), { field })
  return name
}
