import fastifyMultipart from '@fastify/multipart'
import {
  type Auth,
  actorOf,
  bearer,
  type ErrorBody,
  errors,
  failBody,
  type HttpServer,
  logFault,
  toErrorBody,
  withDetails,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { representImage, type Urls } from '../images/representation.ts'
import { quotaExceeded, type Retryable, type UploadRequest } from './accept-file.ts'
import { answerOnce, type OnceAnswer } from './answer-once.ts'
import { limitBody, maxBodyBytes } from './body-limit.ts'
import {
  BadIdempotencyKey,
  KeyReused,
  NoFile,
  RequestInFlight,
  TooManyUploads,
  UploadTooSlow,
} from './errors.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Intake, Place } from './intake.ts'
import { NAME_LENGTH } from './names.ts'
import { isBroken, MAX_PARTS, type Parts } from './parts.ts'
import { watchRate } from './rate-watch.ts'
import { type FileResult, type ReceiveDependencies, type Reception, receiveUpload } from './receive-upload.ts'
import {
  UploadBody,
  UploadHeaders,
  type UploadItemSchema,
  UploadRefusedSchema,
  UploadResultSchema,
} from './schemas.ts'
import type { Turn } from './user-turns.ts'

/** Uploads that one user may have under way in one process, so that nobody holds the whole spool. */
export const MAX_UPLOADS_PER_USER = 8

export interface UploadRoutesDependencies extends ReceiveDependencies {
  auth: Auth
  urls: Urls
  minBytesPerSecond: number
  intake: Intake
  /** Of the uploads that a user has under way here, whichever way they come. */
  takeTurn: (userId: string) => Turn
}

type UploadAnswer = OnceAnswer & { body: { items: Static<typeof UploadItemSchema>[] } }

/** `POST /v1/images`: one to fifty files in one multipart request. */
export async function registerUploads(
  app: HttpServer,
  dependencies: UploadRoutesDependencies,
): Promise<void> {
  const { auth, database, urls, minBytesPerSecond, takeTurn, intake } = dependencies
  // Left by the handler's end or an error before it; by who goes away between the two, when it is given up.
  const places = new WeakMap<FastifyRequest, Place>()
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
      // First of all: who has to come again costs no query.
      onRequest: [
        async (request) => void places.set(request, intake.enter()),
        auth.allow('images:write', 'upload'),
      ],
      onError: async (request) => places.get(request)?.[Symbol.dispose](),
      bodyLimit: Number.MAX_SAFE_INTEGER,
      validatorCompiler: () => () => true,
      schema: {
        tags: ['images'],
        summary: 'Upload one to fifty pictures',
        description:
          'Multipart, with each picture in a part named `file`. A `title` part before a file names it. The answer is ' +
          '202 when all are accepted, 207 when some are, and the error of the first when none is. ' +
          `A user may have ${MAX_UPLOADS_PER_USER} uploads under way. With an Idempotency-Key, the same request sent ` +
          'again within a day gets the same answer, and no picture is kept twice.',
        security: bearer,
        consumes: ['multipart/form-data'],
        headers: UploadHeaders,
        body: UploadBody,
        response: {
          202: UploadResultSchema,
          207: UploadResultSchema,
          ...Object.fromEntries(
            [400, 401, 408, 413, 415, 422, 503].map((code) => [code, UploadRefusedSchema]),
          ),
          ...errors(409, 429),
        },
      },
    },
    async (request, reply) => {
      using place = placeOf(request)
      if (!request.isMultipart()) throw new NoFile()
      const { user } = actorOf(request)
      const key = readIdempotencyKey(request)
      using turn = takeTurn(user.id)
      if (!turn.isFree) {
        reply.header('retry-after', 5)
        throw new TooManyUploads(MAX_UPLOADS_PER_USER)
      }
      using _ = limitBody(request.raw, maxBodyBytes(user.tier.maxUploadBytes), (error) => {
        failBody(request.raw, error)
      })
      using watch = watchRate(request.raw.socket, { minBytesPerSecond }, () => {
        failBody(request.raw, new UploadTooSlow())
      })
      const perform = (retryable?: Retryable) => receive(request, { place, watch }, retryable)
      const answer =
        key === undefined
          ? await perform()
          : await answerOnce(database, {
              ...{ userId: user.id, key, log: request.log, perform },
              fingerprint: () => fingerprintOf(request.parts() as Parts),
            }).catch((error: unknown) => {
              if (error instanceof RequestInFlight) reply.header('retry-after', 5)
              throw error
            })
      return sendAnswer(reply, answer as UploadAnswer)
    },
  )

  function placeOf(request: FastifyRequest): Place {
    const place = places.get(request)
    if (place === undefined) throw new Error('an upload without a place')
    return place
  }

  async function receive(
    request: FastifyRequest,
    reception: Reception,
    retryable?: Retryable,
  ): Promise<UploadAnswer> {
    const owner = actorOf(request).user
    const isFull = owner.usedBytes >= owner.tier.quotaBytes || owner.usedImages >= owner.tier.quotaImages
    // What an earlier try kept may be what fills it.
    if (isFull && (retryable === undefined || retryable.kept.size === 0)) throw quotaExceeded(owner)
    const upload: UploadRequest = { owner, isQueueAway: false, log: request.log, retryable }
    const results = await receiveUpload(dependencies, upload, request.parts() as Parts, reception)
    // What nobody waits for any more is read, and not taken apart.
    request.raw.unpipe()
    const errorsOf = results.flatMap((one) => (one.status === 'rejected' ? [one.error] : []))
    const reused = errorsOf.find((error) => error instanceof KeyReused)
    if (reused !== undefined) throw reused

    const items = results.map((result) => representResult(result, upload))
    const refused = items.find((item) => item.error !== undefined)?.error
    const isAnyAccepted = items.some((item) => item.image !== undefined)
    const isServersFault = items.every((item) => (item.error?.statusCode ?? 0) >= 500)
    const isFinal = !(isServersFault && items.length > 0) && !errorsOf.some(isBroken)
    if (isAnyAccepted) return { statusCode: refused === undefined ? 202 : 207, body: { items }, isFinal }
    const error = refused ?? toErrorBody(new NoFile())
    return { statusCode: error.statusCode, body: { ...error, items }, isFinal }
  }

  function sendAnswer(reply: FastifyReply, { statusCode, body }: UploadAnswer) {
    const { items } = body
    const [first] = items
    if (items.length === 1 && first?.image !== undefined) reply.header('location', urls.image(first.image.id))
    if (statusCode === 503) reply.header('retry-after', 5)
    if (statusCode === 401) reply.header('www-authenticate', 'Bearer')
    // A sender who is cut for being slow is not waited for to end the body.
    if (items.some((item) => item.error?.code === 'TT_UPLOAD_TOO_SLOW')) reply.header('connection', 'close')
    return reply.code(statusCode as 202).send(body)
  }

  function representResult(result: FileResult, { owner, log }: UploadRequest) {
    const { filename, status } = result
    if (status === 'accepted') {
      const image = representImage({ image: result.image, renditions: [] }, owner, urls)
      return { filename, status, image }
    }
    const error: ErrorBody = toErrorBody(result.error)
    if (error.statusCode >= 500) logFault(log, result.error, error, 'a file could not be taken')
    return { filename, status, error }
  }
}

/** @throws BadIdempotencyKey. */
function readIdempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw withDetails(new BadIdempotencyKey(), { field: 'idempotency-key' })
  }
  return key
}
