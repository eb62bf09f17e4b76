import { findDirectUpload, releaseUpload, reserveUpload } from '@tintype/database'
import { isUuid, stagingKey, uuidv7 } from '@tintype/domain'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  Unauthorized,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { representImage, type Urls } from '../images/representation.ts'
import { ImageSchema } from '../images/schemas.ts'
import type { SignedIds } from '../signed-ids.ts'
import { fileTooLarge, quotaExceeded } from '../uploads/accept-file.ts'
import { deleteStaged } from '../uploads/conclude-upload.ts'
import { TooManyUploads } from '../uploads/errors.ts'
import { displayName } from '../uploads/names.ts'
import { MAX_UPLOADS_PER_USER } from '../uploads/routes.ts'
import type { Turn } from '../uploads/user-turns.ts'
import { type CompleteDependencies, completeDirectUpload } from './complete.ts'
import { TooManyOpenUploads, UploadCompleted } from './errors.ts'
import { DirectUploadSchema, NewUploadBody, NewUploadSchema } from './schemas.ts'

/** How long a file may take to arrive and to be completed. */
const LIFE_SECONDS = 3600
/** Uploads that one user may have open, each with its share of the quota. */
export const MAX_OPEN_PER_USER = 100

export interface DirectUploadDependencies extends CompleteDependencies {
  auth: Auth
  urls: Urls
  signedUploads: SignedIds
  takeTurn: (userId: string) => Turn
}

/** `/v1/uploads`: files that go to the store without passing through a request of the API. */
export function registerDirectUploads(app: HttpServer, dependencies: DirectUploadDependencies): void {
  const { auth, database, store, urls, signedUploads, takeTurn } = dependencies
  const route = { tags: ['images'], security: bearer }
  const onRequest = auth.allow('images:write', 'upload')

  app.post(
    '/v1/uploads',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Announce a picture that is sent straight to the store',
        description:
          'It counts against the quota from now on. Send it as `upload` says, then complete it; ' +
          'what is not completed within an hour is given up.',
        body: NewUploadBody,
        response: { 201: NewUploadSchema, ...errors(400, 401, 413, 429, 503) },
      },
    },
    async (request, reply) => {
      const { user } = actorOf(request)
      const { filename, title, bytes, contentType, sha256 } = request.body
      const { maxUploadBytes } = user.tier
      if (bytes > maxUploadBytes) throw fileTooLarge(maxUploadBytes, 'bytes')
      const id = uuidv7()
      const policy = await store.presignPost(stagingKey(id), {
        ...{ expiresInSeconds: LIFE_SECONDS, contentType, maxBytes: bytes },
      })
      const reserved = await reserveUpload(
        database,
        {
          ...{ id, ownerId: user.id, bytes, contentType },
          title: displayName(title ?? '', ''),
          filename: displayName(filename, 'untitled'),
          sha256: sha256?.toLowerCase() ?? null,
        },
        { lifeSeconds: LIFE_SECONDS, maxOpen: MAX_OPEN_PER_USER },
      )
      switch (reserved.outcome) {
        case 'owner-disabled':
          throw new Unauthorized()
        case 'quota-exceeded':
          throw quotaExceeded(user)
        case 'too-many-open':
          reply.header('retry-after', 60)
          throw new TooManyOpenUploads(MAX_OPEN_PER_USER)
      }
      const own = {
        method: 'PUT' as const,
        url: `${urls.upload(id)}/content?signature=${signedUploads.sign(id)}`,
        headers: { 'content-type': contentType },
      }
      reply.header('location', urls.upload(id)).header('cache-control', 'no-store')
      return reply.code(201).send({
        id,
        expiresAt: reserved.expiresAt.toISOString(),
        upload: policy === undefined ? own : { method: 'POST' as const, ...policy },
      })
    },
  )

  app.get(
    '/v1/uploads/:id',
    {
      onRequest: auth.allow('images:read'),
      schema: {
        ...route,
        summary: 'What became of an announced picture',
        params: IdParams,
        response: { 200: DirectUploadSchema, ...errors(401, 404, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const found = isUuid(id) ? await findDirectUpload(database, actorOf(request).user.id, id) : undefined
      if (found === undefined) throw new NotFound()
      const { title, filename, bytes, contentType, expiresAt, imageId } = found
      const open = found.isExpired ? ('expired' as const) : ('open' as const)
      return {
        ...{ id, title, filename, bytes, contentType },
        state: imageId === null ? open : ('completed' as const),
        expiresAt: expiresAt.toISOString(),
        ...(imageId === null ? {} : { image: { id: imageId, href: urls.image(imageId) } }),
      }
    },
  )

  app.post(
    '/v1/uploads/:id/complete',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Make a picture of what was sent',
        description: 'Checks all that an upload is checked for. A refusal ends the upload.',
        params: IdParams,
        response: { 202: ImageSchema, ...errors(400, 401, 404, 409, 410, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if (!isUuid(id)) throw new NotFound()
      const { user } = actorOf(request)
      using turn = takeTurn(user.id)
      if (!turn.isFree) {
        reply.header('retry-after', 5)
        throw new TooManyUploads(MAX_UPLOADS_PER_USER)
      }
      const upload = { owner: user, isQueueAway: false, log: request.log }
      const found = await completeDirectUpload(dependencies, upload, id)
      reply.header('location', urls.image(found.image.id))
      return reply.code(202).send(representImage(found, upload.owner, urls))
    },
  )

  app.delete(
    '/v1/uploads/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Give an announced picture up',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const ownerId = actorOf(request).user.id
      if (!isUuid(id)) throw new NotFound()
      if (!(await releaseUpload(database, { id, ownerId, way: 'direct' }))) {
        throw (await findDirectUpload(database, ownerId, id)) === undefined
          ? new NotFound()
          : new UploadCompleted()
      }
      await deleteStaged(store, id, request)
      return reply.code(204).send(null)
    },
  )
}
