import {
  type Database,
  findAnyImage,
  listAllImages,
  markAnyDeleting,
  type OwnedImage,
  type Rendition,
  retryImages,
  transferImage,
} from '@tintype/database'
import { FAILURES, isUuid, type Lane } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Announcer,
  type Auth,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  type Log,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { type Static, Type } from 'typebox'
import type { AdminUrls } from './admin-urls.ts'
import { auditActorOf } from './audit-actor.ts'
import {
  AdminImageChanges,
  AdminImageListQuery,
  AdminImageListSchema,
  AdminImageSchema,
  type AdminImageSummarySchema,
  RetriesSchema,
  RetryBody,
} from './content-schemas.ts'
import { NotFailed, OwnerQuotaExceeded, UnknownOwner } from './errors.ts'
import { checkIds, readPage } from './paging.ts'

export interface AdminImagesDependencies {
  auth: Auth
  database: Database
  producer: Producer
  announcer: Announcer
  urls: AdminUrls
}

/** How many of all that failed one request has tried again. */
const RETRIES = 1000

/** Everybody's images: what is known of them and why they failed. Their bytes are their owners' alone. */
export function registerAdminImages(app: HttpServer, dependencies: AdminImagesDependencies): void {
  const { auth, database, producer, announcer, urls } = dependencies
  const route = { tags: ['admin'], security: bearer }
  const readers = auth.withRole('admin', 'auditor')
  const admins = auth.withRole('admin')

  app.get(
    '/images',
    {
      onRequest: readers,
      schema: {
        ...route,
        summary: 'Everybody’s pictures, newest first',
        querystring: AdminImageListQuery,
        response: { 200: AdminImageListSchema, ...errors(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { owner, state, q } = request.query
      checkIds({ owner })
      const { items, nextCursor } = await readPage(request.query, (page) =>
        listAllImages(database, { ...page, ownerId: owner, state, text: q }),
      )
      return { items: items.map((image) => summarize(image, urls)), nextCursor }
    },
  )

  app.get(
    '/images/:id',
    {
      onRequest: readers,
      schema: {
        ...route,
        summary: 'Anybody’s picture, with what became of its renditions',
        description: 'No bytes: pictures are seen by their owners, and by those who have a link.',
        params: IdParams,
        response: { 200: AdminImageSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => represent(request.params.id),
  )

  app.patch(
    '/images/:id',
    {
      onRequest: admins,
      schema: {
        ...route,
        summary: 'Give a picture to another user',
        description: 'It counts against their quota from then on, and its links end.',
        params: IdParams,
        body: AdminImageChanges,
        response: { 200: AdminImageSchema, ...errors(400, 401, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const { owner } = request.body
      if (!isUuid(id)) throw new NotFound()
      checkIds({ owner })
      const { outcome } = await transferImage(database, id, owner, auditActorOf(request))
      switch (outcome) {
        case 'transferred':
          announcer.imagesChanged()
          return represent(id)
        case 'unknown-owner':
          throw withDetails(new UnknownOwner(), { field: 'owner' })
        case 'quota-exceeded':
          throw withDetails(new OwnerQuotaExceeded(), { field: 'owner' })
        case 'not-found':
          throw new NotFound()
      }
    },
  )

  app.delete(
    '/images/:id',
    {
      onRequest: admins,
      schema: {
        ...route,
        summary: 'Delete anybody’s picture, with its renditions and links',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const marked = isUuid(id) && (await markAnyDeleting(database, id, auditActorOf(request)))
      if (!marked) throw new NotFound()
      announcer.imagesChanged()
      await producer.enqueueDeletion(id).catch((error: unknown) => {
        request.log.warn({ err: error, imageId: id }, 'could not enqueue; the deletion sweep will')
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/images/:id/retry',
    {
      onRequest: admins,
      schema: {
        ...route,
        summary: 'Try a failed picture again',
        params: IdParams,
        response: { 202: AdminImageSchema, ...errors(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if (!isUuid(id)) throw new NotFound()
      const retried = await retryImages(database, { ids: [id] }, auditActorOf(request))
      const image = await represent(id)
      if (retried.length === 0) throw new NotFailed()
      announcer.imagesChanged()
      await enqueue(retried, request.log)
      return reply.code(202).send(image)
    },
  )

  app.post(
    '/images/retry',
    {
      onRequest: admins,
      schema: {
        ...route,
        summary: 'Try failed pictures again',
        description: `Those named, or the oldest ${RETRIES} of all: \`more\` tells whether there may be more.`,
        body: RetryBody,
        response: { 202: RetriesSchema, ...errors(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { body } = request
      const which = 'ids' in body ? { ids: body.ids.filter(isUuid) } : { limit: RETRIES }
      const retried = await retryImages(database, which, auditActorOf(request))
      if (retried.length > 0) announcer.imagesChanged()
      await enqueue(retried, request.log)
      const ids = retried.map(({ id }) => id)
      return reply.code(202).send({ retried: ids, more: 'all' in body && retried.length === RETRIES })
    },
  )

  async function represent(id: string): Promise<Static<typeof AdminImageSchema>> {
    const found = isUuid(id) ? await findAnyImage(database, id) : undefined
    if (found === undefined) throw new NotFound()
    return { ...summarize(found.image, urls), renditions: found.renditions.map(describe) }
  }

  /** Stops at the first that Redis does not take: it would not take the others either, and they are found. */
  async function enqueue(retried: { id: string; lanes: Lane[] }[], log: Log): Promise<void> {
    try {
      for (const { id, lanes } of retried) {
        for (const lane of lanes) await producer.enqueueDerivation(lane, id)
      }
    } catch (error) {
      log.warn({ err: error }, 'could not enqueue; the pending sweep will')
    }
  }
}

function summarize(image: OwnedImage, urls: AdminUrls): Static<typeof AdminImageSummarySchema> {
  const { id, title, filename, format, width, height, bytes, sha256, failureCode, failureMessage } = image
  return {
    id,
    title,
    filename,
    format,
    width,
    height,
    bytes,
    sha256,
    state: image.state as 'pending' | 'ready' | 'failed',
    ...(failureCode === null ? {} : { error: { code: failureCode, message: failureMessage ?? '' } }),
    attempts: image.attempts,
    uploadedAt: image.uploadedAt.toISOString(),
    owner: { id: image.ownerId, username: image.ownerName, href: urls.user(image.ownerId) },
  }
}

function describe({ name, file, failureCode }: Rendition) {
  if (failureCode !== undefined) {
    return { name, state: 'failed' as const, error: { code: failureCode, message: FAILURES[failureCode] } }
  }
  if (file === undefined) return { name, state: 'pending' as const }
  const { width, height, format, bytes } = file
  return { name, state: 'ready' as const, width, height, format, bytes }
}
