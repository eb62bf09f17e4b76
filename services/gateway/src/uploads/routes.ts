import fastifyMultipart from '@fastify/multipart'
import {
  type Auth,
  actorOf,
  bearer,
  type ErrorBody,
  errors,
  type HttpServer,
  toErrorBody,
} from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'
import { representImage, type Urls } from '../images/representation.ts'
import { NoFile } from './errors.ts'
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
      onRequest: auth.authenticated,
      bodyLimit: Number.MAX_SAFE_INTEGER,
      validatorCompiler: () => () => true,
      schema: {
        tags: ['images'],
        summary: 'Upload one to fifty pictures',
        description:
          'Multipart, with each picture in a part named `file`. A `title` part before a file names it. The answer is ' +
          '202 when all are accepted, 207 when some are, and the error of the first when none is.',
        security: bearer,
        consumes: ['multipart/form-data'],
        body: UploadBody,
        response: {
          202: UploadResultSchema,
          207: UploadResultSchema,
          ...Object.fromEntries([400, 413, 415, 422, 503].map((code) => [code, UploadRefusedSchema])),
          ...errors(401, 408),
        },
      },
    },
    async (request, reply) => {
      if (!request.isMultipart()) throw new NoFile()
      const results = await receive(request)
      const items = results.map((result) => representResult(result, request))
      const refused = items.find((item) => item.error !== undefined)?.error
      const accepted = items.filter((item) => item.image !== undefined)

      if (accepted.length === 0) {
        const error = refused ?? toErrorBody(new NoFile())
        if (error.statusCode === 503) reply.header('retry-after', 5)
        if (error.statusCode === 408) reply.header('connection', 'close')
        return reply.code(error.statusCode as 202).send({ ...error, items })
      }
      const [first] = accepted
      if (items.length === 1 && first?.image !== undefined)
        reply.header('location', urls.image(first.image.id))
      return reply.code(refused === undefined ? 202 : 207).send({ items })
    },
  )

  async function receive(request: FastifyRequest): Promise<FileResult[]> {
    let slow = false
    using watch = watchRate(request.raw.socket, { minBytesPerSecond }, () => {
      slow = true
      request.raw.destroy()
    })
    const { pause, resume } = watch
    const owner = actorOf(request).user
    const slowness = { pause, resume, isSlow: () => slow, [Symbol.dispose]: () => {} }
    const results = await receiveUpload(dependencies, owner, request.parts() as Parts, slowness, request.log)
    // Nobody reads on behind a part that could not be understood; a sender who still sends would wait for ever.
    request.raw.resume()
    return results
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
