import type { IncomingMessage } from 'node:http'
import { finished, PassThrough, Readable } from 'node:stream'
import { actorOf, failBody } from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TooManyOpenUploads } from '../direct-uploads/errors.ts'
import { TooManyUploads, UploadTooSlow } from '../uploads/errors.ts'
import { watchRate } from '../uploads/rate-watch.ts'
import { createUserTurns } from '../uploads/user-turns.ts'
import { UploadLocked } from './errors.ts'
import type { ProtocolAnswer, ProtocolDependencies, ProtocolRequest } from './protocol.ts'

/** More than for whole files, since each holds no more than a piece of the spool: clients send many files side by side. */
const MAX_BODIES_PER_USER = 32
/** What the protocol reads; a proxy's headers mean nothing to it. */
const READ_HEADERS = /^(tus-|upload-|content-(type|length)$)/

export interface Asked {
  /** Of the upload; none where one is to be made. */
  id: string | undefined
  /** The method that is meant, whichever it came by. */
  method: string
}

export type Exchange = (request: FastifyRequest, reply: FastifyReply, asked: Asked) => Promise<ProtocolAnswer>

/** Puts HTTP requests to the protocol: reads their bodies as they come, at a bounded number a user, and no slower than is waited for. */
export function createExchange(
  protocol: ProtocolDependencies,
  { minBytesPerSecond }: { minBytesPerSecond: number },
): Exchange {
  const takeTurn = createUserTurns(MAX_BODIES_PER_USER)

  async function speak(request: ProtocolRequest): Promise<ProtocolAnswer> {
    // The library takes a tenth of a second to load, of every start, and many never need it.
    const { speakTus } = await import('./protocol.ts')
    return speakTus(protocol, request)
  }

  return async (request, reply, { id, method }) => {
    const { user } = actorOf(request)
    const bringsBody = hasBody(request.raw) && method !== 'DELETE'
    using turn = bringsBody ? takeTurn(user.id) : undefined
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
    const body = bringsBody ? openBody(request.raw) : undefined
    try {
      return await speak({
        method,
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
