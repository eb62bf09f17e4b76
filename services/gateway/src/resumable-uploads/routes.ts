import { isUuid } from '@tintype/domain'
import {
  type Auth,
  bearer,
  createTurns,
  DOCUMENTED_HEAD,
  errors,
  type HttpServer,
  IdParams,
  type Log,
  NotFound,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import { Type } from 'typebox'
import type { Urls } from '../images/representation.ts'
import { CHECKSUM_ALGORITHMS } from './checksum.ts'
import { ProtocolVersion, WrongMediaType } from './errors.ts'
import { createExchange } from './exchange.ts'
import type { FinishDependencies } from './finish.ts'
import { EXTENSIONS, MEDIA_TYPE, PROTOCOL_VERSION } from './protocol-terms.ts'
import { CreationHeaders, OverrideHeaders, PatchHeaders, UploadHeaders } from './schemas.ts'
import { createUploadLocks } from './upload-locks.ts'

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
  const protocol = { ...dependencies, lockOf: createUploadLocks(redis, log), inTurn: createTurns() }
  const exchange = createExchange({ ...protocol, urlOf: urls.resumableUpload }, { minBytesPerSecond })
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
    const { status, headers } = await exchange(request, reply, { id, method: meant })
    return reply.code(status).headers(headers).send(null)
  }
}
