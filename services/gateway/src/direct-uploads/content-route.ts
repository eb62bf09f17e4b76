import { finished, PassThrough } from 'node:stream'
import { type Database, findOpenUpload } from '@tintype/database'
import { stagingKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { errors, failBody, type HttpServer, IdParams, NotFound } from '@tintype/service-kit'
import { Type } from 'typebox'
import type { SignedIds } from '../signed-ids.ts'
import { FileEmpty, SpoolFull, TooManyUploads, UploadTooSlow } from '../uploads/errors.ts'
import { whyBrokenOff } from '../uploads/parts.ts'
import { watchRate } from '../uploads/rate-watch.ts'
import { MAX_UPLOADS_PER_USER } from '../uploads/routes.ts'
import type { Spool } from '../uploads/spool.ts'
import type { Turn } from '../uploads/user-turns.ts'
import { sizeMismatch } from './complete.ts'
import { ContentQuery } from './schemas.ts'

export interface ContentDependencies {
  database: Database
  store: ObjectStore
  spool: Spool
  signedUploads: SignedIds
  takeTurn: (userId: string) => Turn
  minBytesPerSecond: number
}

/** Where announced files are sent to when the store has no address of its own. In a scope of its own: any body is a file here. */
export function registerUploadContent(app: HttpServer, dependencies: ContentDependencies): void {
  const { database, store, spool, signedUploads, takeTurn, minBytesPerSecond } = dependencies
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.put(
    '/v1/uploads/:id/content',
    {
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        tags: ['images'],
        summary: 'Send an announced picture',
        description: 'The address comes from `POST /v1/uploads`, and its signature is all it needs.',
        params: IdParams,
        querystring: ContentQuery,
        response: { 204: Type.Null(), ...errors(400, 404, 408, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const isSigned = signedUploads.verify(id, request.query.signature)
      const upload = isSigned ? await findOpenUpload(database, id) : undefined
      if (upload === undefined) throw new NotFound()
      const length = request.headers['content-length']
      if (length !== undefined && Number(length) !== upload.bytes) throw sizeMismatch(upload)
      using turn = takeTurn(upload.ownerId)
      if (!turn.isFree) {
        reply.header('retry-after', 5)
        throw new TooManyUploads(MAX_UPLOADS_PER_USER)
      }
      using watch = watchRate(request.raw.socket, { minBytesPerSecond }, () => {
        failBody(request.raw, new UploadTooSlow())
      })
      // Not the request itself: whoever reads it to an error destroys it, and the connection that is answered on.
      const body = new PassThrough()
      // Also where its sender has gone before it was looked at.
      finished(request.raw, { writable: false }, (error) => void (error && body.destroy(error)))
      const received = await spool.receive(request.raw.pipe(body), upload.bytes)
      switch (received.outcome) {
        case 'empty':
          throw new FileEmpty()
        case 'too-large':
          throw sizeMismatch(upload)
        case 'spool-full':
          throw new SpoolFull()
        case 'broken-off': {
          request.log.info({ err: received.cause }, 'an upload broke off')
          const reason = whyBrokenOff(received.cause)
          if (reason instanceof UploadTooSlow) reply.header('connection', 'close')
          throw reason
        }
      }
      await using file = received.file
      watch.pause()
      if (file.bytes !== upload.bytes) throw sizeMismatch(upload)
      const { contentType } = upload
      await store.put(stagingKey(id), file.stream(), { bytes: file.bytes, contentType })
      return reply.code(204).send(null)
    },
  )
}
