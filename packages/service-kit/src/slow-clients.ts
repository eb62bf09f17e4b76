import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** How long an answer waits for the rest of a body that nobody wants: a client that still sends may not read. */
const DRAIN_MS = 2000

/**
 * Keeps clients from holding a connection for nothing once they are answered:
 * one that goes on with its body is closed to, one that takes no byte of its
 * answer for `stallTimeoutMs` is cut, and what the answer came from with it.
 */
export function limitSlowClients(
  app: Pick<FastifyInstance, 'addHook'>,
  { stallTimeoutMs }: { stallTimeoutMs: number },
): void {
  app.addHook('onSend', async ({ raw }, reply) => {
    if (hasBody(raw) && !isWhole(raw)) {
      if (reply.getHeader('connection') !== 'close') await drain(raw)
      // Node would read on for as long as the client likes.
      if (!isWhole(raw)) reply.header('connection', 'close')
    }
    // Node closes a connection on which nothing moves for so long, and lifts this limit when the answer ends.
    if (reply.raw.socket?.remoteAddress !== undefined) reply.raw.setTimeout(stallTimeoutMs)
  })
}

/**
 * Ends the reading of a request's body with an error, for whoever reads it.
 * The connection stays, so that the error can be answered: destroying the
 * request would take it away.
 */
export function failBody(raw: IncomingMessage, error: Error): void {
  raw.emit('error', error)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

function isWhole({ complete, readableEnded }: IncomingMessage): boolean {
  return complete || readableEnded
}

async function drain(raw: IncomingMessage): Promise<void> {
  if (raw.destroyed) return
  raw.resume()
  const signal = AbortSignal.timeout(DRAIN_MS)
  // Whichever it is, the answer goes out: to a client that is gone, nowhere.
  await Promise.race(['end', 'close'].map((event) => once(raw, event, { signal }))).catch(() => {})
}
