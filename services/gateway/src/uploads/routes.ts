import fastifyMultipart from '@fastify/multipart'
import {
  type Auth,
  actorOf,
  bearer,
  type ErrorBody,
  errors,
  failBody,
  type HttpServer,
  toErrorBody,
} from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'
import { representImage, type Urls } from '../images/representation.ts'
import { quotaExceeded } from './accept-file.ts'
import { NoFile, TooManyUploads, UploadTooSlow } from './errors.ts'
import { NAME_LENGTH } from './names.ts'
import { watchRate } from './rate-watch.ts'
import {
  type FileResult,
  MAX_PARTS,
  type Parts,
  type ReceiveDependencies,
  receiveUpload,
} from './receive-upload.ts'
import { UploadBody, UploadRefusedSchema, UploadResultSchema } from './schemas.ts'

/** Uploads that one user may have under way in one process, so that nobody holds the whole spool. */
const MAX_UPLOADS_PER_USER = 8

export interface UploadRoutesDependencies extends ReceiveDependencies {
  auth: Auth
  urls: Urls
  minBytesPerSecond: number
}

/** `POST /v1/images`: one to fifty files in one multipart request. */
export async function registerUploads(
  app: HttpServer,
  dependencies: UploadRoutesDependencies,
): Promise<void> {
  const { auth, urls, minBytesPerSecond } = dependencies
  const underWay = new Map<string, number>()
  // A body of any other type would be read into memory, up to the size that is allowed here.
  app.removeAllContentTypeParsers()
  await app.register(fastifyMultipart, {
    // The size of a file is limited by its owner's tier, where it is counted.
    limits: {
      fileSize: Number.POSITIVE_INFINITY,
      fieldSize: NAME_LENGTH * 4,
      parts: MAX_PARTS,
      headerPairs: 20,
    },
    throwFileSizeLimit: false,
  })

  app.post(
    '/v1/images',
    {
      onRequest: auth.allow('images:write', 'upload'),
      bodyLimit: Number.MAX_SAFE_INTEGER,
      validatorCompiler: () => () => true,
      schema: {
        tags: ['images'],
        summary: 'Upload one to fifty pictures',
        description:
          'Multipart, with each picture in a part named `file`. A `title` part before a file names it. The answer is ' +
          '202 when all are accepted, 207 when some are, and the error of the first when none is. ' +
          `A user may have ${MAX_UPLOADS_PER_USER} uploads under way.`,
        security: bearer,
        consumes: ['multipart/form-data'],
        body: UploadBody,
        response: {
          202: UploadResultSchema,
          207: UploadResultSchema,
          ...Object.fromEntries(
            [400, 401, 408, 413, 415, 422, 503].map((code) => [code, UploadRefusedSchema]),
          ),
          ...errors(429),
        },
      },
    },
    async (request, reply) => {
      if (!request.isMultipart()) throw new NoFile()
      const { user } = actorOf(request)
      if (user.usedBytes >= user.tier.quotaBytes || user.usedImages >= user.tier.quotaImages)
        throw quotaExceeded(user)
      using turn = takeTurn(user.id)
      if (!turn.isFree) {
        reply.header('retry-after', 5)
        throw new TooManyUploads(MAX_UPLOADS_PER_USER)
      }
      const results = await receive(request)
      // A sender who is cut for being slow is not waited for to end the body.
      if (results.some((one) => one.status === 'rejected' && one.error instanceof UploadTooSlow))
        reply.header('connection', 'close')
      const items = results.map((result) => representResult(result, request))
      const refused = items.find((item) => item.error !== undefined)?.error
      const accepted = items.filter((item) => item.image !== undefined)

      if (accepted.length === 0) {
        const error = refused ?? toErrorBody(new NoFile())
        if (error.statusCode === 503) reply.header('retry-after', 5)
        if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
        return reply.code(error.statusCode as 202).send({ ...error, items })
      }
      const [first] = accepted
      if (items.length === 1 && first?.image !== undefined)
        reply.header('location', urls.image(first.image.id))
      return reply.code(refused === undefined ? 202 : 207).send({ items })
    },
  )

  async function receive(request: FastifyRequest): Promise<FileResult[]> {
    using watch = watchRate(request.raw.socket, { minBytesPerSecond }, () => {
      failBody(request.raw, new UploadTooSlow())
    })
    const upload = { owner: actorOf(request).user, isQueueAway: false, log: request.log }
    // Awaited here, so that the watch lasts as long.
    return await receiveUpload(dependencies, upload, request.parts() as Parts, watch)
  }

  function takeTurn(userId: string): { isFree: boolean } & Disposable {
    const count = underWay.get(userId) ?? 0
    if (count >= MAX_UPLOADS_PER_USER) return { isFree: false, [Symbol.dispose]: () => {} }
    underWay.set(userId, count + 1)
    const giveBack = () => {
      const left = (underWay.get(userId) ?? 1) - 1
      if (left === 0) underWay.delete(userId)
      else underWay.set(userId, left)
    }
    return { isFree: true, [Symbol.dispose]: giveBack }
  }

  function representResult(result: FileResult, request: FastifyRequest) {
    const { filename, status } = result
    if (status === 'accepted') {
      const image = representImage({ image: result.image, renditions: [] }, actorOf(request).user, urls)
      return { filename, status, image }
    }
    const error: ErrorBody = toErrorBody(result.error)
    if (error.statusCode >= 500) request.log.error({ err: result.error }, 'a file could not be taken')
    return { filename, status, error }
  }
}
