import type { IncomingMessage } from 'node:http'
import { finished, PassThrough, Readable } from 'node:stream'
import { isUuid } from '@tintype/domain'
import {
  type Auth,
  actorOf,
  bearer,
  createTurns,
  DOCUMENTED_HEAD,
  errors,
  failBody,
  type HttpServer,
  IdParams,
  type Log,
  NotFound,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import { Type } from 'typebox'
import { TooManyOpenUploads } from '../direct-uploads/errors.ts'
import type { Urls } from '../images/representation.ts'
import { TooManyUploads, UploadTooSlow } from '../uploads/errors.ts'
import { watchRate } from '../uploads/rate-watch.ts'
import { createUserTurns } from '../uploads/user-turns.ts'
import { CHECKSUM_ALGORITHMS } from './checksum.ts'
import { ProtocolVersion, UploadLocked, WrongMediaType } from './errors.ts'
import type { FinishDependencies } from './finish.ts'
import type { ProtocolAnswer, ProtocolDependencies, ProtocolRequest } from './protocol.ts'
import { EXTENSIONS, MEDIA_TYPE, PROTOCOL_VERSION } from './protocol-terms.ts'
import { CreationHeaders, OverrideHeaders, PatchHeaders, UploadHeaders } from './schemas.ts'
import { createUploadLocks } from './upload-locks.ts'

/** More than for whole files, since each holds no more than a piece of the spool: clients send many files side by side. */
const MAX_BODIES_PER_USER = 32
/** What the protocol reads; a proxy's headers mean nothing to it. */
const READ_HEADERS = /^(tus-|upload-|content-(type|length)$)/

export interface ResumableUploadDependencies extends FinishDependencies {
  auth: Auth
  urls: Urls
  /** Made with `PRODUCER_REDIS`; need not be up. */
  redis: Redis
  log: Log
  minBytesPerSecond: number
}

/** `/v1/tus`: uploads that go on where they broke off. In a scope of its own: any body is a file here. */
export function registerResumableUploads(app: HttpServer, dependencies: ResumableUploadDependencies): void {
  const { auth, urls, redis, log, minBytesPerSecond } = dependencies
  const takeTurn = createUserTurns(MAX_BODIES_PER_USER)
  const protocol: ProtocolDependencies = {
    ...dependencies,
    lockOf: createUploadLocks(redis, log),
    inTurn: createTurns(),
    urlOf: urls.resumableUpload,
  }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('tus-resumable', PROTOCOL_VERSION)
  })
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 412) reply.header('tus-version', PROTOCOL_VERSION)
    // A client takes any other refusal for the loss of the upload, and begins anew (tus-js-client).
    if (request.method === 'HEAD' && reply.statusCode >= 500) reply.code(423).header('retry-after', 5)
  })

  const bodyLimit = Number.MAX_SAFE_INTEGER
  const route = { tags: ['images'], security: bearer }
  const onRequest = auth.allow('images:write')

  app.options(
    '/v1/tus',
    {
      schema: {
        tags: ['images'],
        summary: 'What of the tus protocol is spoken here',
        response: { 204: Type.Null() },
      },
    },
    async (_request, reply) => {
      const terms = {
        'tus-version': PROTOCOL_VERSION,
        'tus-extension': EXTENSIONS.join(','),
        'tus-checksum-algorithm': CHECKSUM_ALGORITHMS,
      }
      return reply.code(204).headers(terms).send(null)
    },
  )

  app.post(
    '/v1/tus',
    {
      onRequest: auth.allow('images:write', 'upload'),
      bodyLimit,
      schema: {
        ...route,
        summary: 'Begin a resumable upload',
        description:
          'The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) with creation, creation-with-upload, ' +
          'expiration, checksum and termination: use a client library for it. The file counts against the quota ' +
          'from now on; an upload that gets no byte for a day is given up. `Location` is where the file is sent to. ' +
          'The last answer has the image’s id in `Tintype-Image-Id`.',
        headers: CreationHeaders,
        response: { 201: Type.Null(), ...errors(400, 412, 413, 415, 422, 429, 460, 503) },
      },
    },
    (request, reply) => answer(request, reply),
  )

  app.head(
    '/v1/tus/:id',
    {
      onRequest,
      config: DOCUMENTED_HEAD,
      schema: {
        ...route,
        summary: 'How much of an upload has arrived',
        description:
          'In `Upload-Offset`. An upload that is whole is made a picture first, if it is none yet; the answer ' +
          'then has `Tintype-Image-Id`, for a day. 423 also stands for whatever passes by itself.',
        params: IdParams,
        headers: UploadHeaders,
        response: { 200: Type.Null(), ...errors(400, 404, 410, 412, 413, 415, 422, 423) },
      },
    },
    (request, reply) => answer(request, reply, request.params.id),
  )

  const patched = { 204: Type.Null(), ...errors(400, 404, 409, 410, 412, 413, 415, 422, 423, 460, 503) }
  app.patch(
    '/v1/tus/:id',
    {
      onRequest,
      bodyLimit,
      schema: {
        ...route,
        summary: 'Send the next bytes of an upload',
        description:
          'Those that arrive are kept, also where the connection breaks off. With the last of them the file is ' +
          'checked as every upload is. A file that is refused ends the upload.',
        params: IdParams,
        headers: PatchHeaders,
        response: patched,
      },
    },
    (request, reply) => answer(request, reply, request.params.id),
  )

  const terminated = { 204: Type.Null(), ...errors(400, 404, 409, 412, 423, 503) }
  app.delete(
    '/v1/tus/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Give an upload up',
        params: IdParams,
        headers: UploadHeaders,
        response: terminated,
      },
    },
    (request, reply) => answer(request, reply, request.params.id),
  )

  app.post(
    '/v1/tus/:id',
    {
      onRequest,
      bodyLimit,
      schema: {
        ...route,
        summary: 'PATCH or DELETE, for who cannot send them',
        params: IdParams,
        headers: OverrideHeaders,
        response: { ...patched, ...terminated },
      },
    },
    (request, reply) => answer(request, reply, request.params.id, request.headers['x-http-method-override']),
  )

  async function answer(request: FastifyRequest, reply: FastifyReply, id?: string, meant = request.method) {
    if (request.headers['tus-resumable'] !== PROTOCOL_VERSION) throw new ProtocolVersion()
    if (id !== undefined && !isUuid(id)) throw new NotFound()
    if (meant === 'PATCH' && request.headers['content-type'] !== MEDIA_TYPE) throw new WrongMediaType()
    const { status, headers } = await exchange(request, reply, { id, meant })
    return reply.code(status).headers(headers).send(null)
  }

  async function exchange(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, meant }: { id: string | undefined; meant: string },
  ): Promise<ProtocolAnswer> {
    const { user } = actorOf(request)
    const body = hasBody(request.raw) && meant !== 'DELETE' ? openBody(request.raw) : undefined
    using turn = body === undefined ? undefined : takeTurn(user.id)
    if (turn?.isFree === false) {
      reply.header('retry-after', 5)
      throw new TooManyUploads(MAX_BODIES_PER_USER)
    }
    // Told how far it came, a slow sender goes on from there when its line is better.
    using watch = watchRate(request.raw.socket, { minBytesPerSecond }, () => {
      reply.header('connection', 'close')
      failBody(request.raw, new UploadTooSlow())
    })
    // Until it is read.
    watch.pause()
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    try {
      return await speak({
        method: meant,
        ...(id === undefined ? {} : { id }),
        headers: readHeaders(request.headers),
        ...(body === undefined ? {} : { body: Readable.toWeb(body) as ReadableStream }),
        upload: { owner: user, isQueueAway: false, log: request.log },
        watch,
        gone: gone.signal,
      })
    } catch (error) {
      if (error instanceof UploadLocked) reply.header('retry-after', 1)
      if (error instanceof TooManyOpenUploads) reply.header('retry-after', 60)
      throw error
    } finally {
      if (body !== undefined) {
        request.raw.unpipe(body)
        body.destroy()
      }
    }
  }

  async function speak(request: ProtocolRequest): Promise<ProtocolAnswer> {
    // The library takes a tenth of a second to load, of every start, and many never need it.
    const { speakTus } = await import('./protocol.ts')
    return speakTus(protocol, request)
  }
}

function readHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const read = Object.entries(headers).filter(([name]) => READ_HEADERS.test(name))
  return Object.fromEntries(read.map(([name, value]) => [name, String(value)]))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/**
 * A request's body, which also ends where it breaks off: what has come is as
 * good as all of it. Not the request itself, which whoever reads it in part
 * destroys, and the connection that is answered on.
 */
function openBody(raw: IncomingMessage): PassThrough {
  const body = new PassThrough()
  finished(raw, { writable: false }, () => {
    raw.unpipe(body)
    body.end()
  })
  return raw.pipe(body)
}
