import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { DeliveryFailure } from '@tintype/domain'
import { type AddressGuard, literalAddress } from '@tintype/service-kit'
import { createResolver } from './resolve.ts'

/** An answer is read to its end if it is no longer than this: whoever sends it is not cut off. */
const MAX_ANSWER_BYTES = 16_384

export interface SenderOptions {
  guard: AddressGuard
  /** For the whole exchange, the name's resolution included. */
  timeoutMs: number
  /** The addresses of a name; `createResolver`'s unless told. */
  resolve?: (hostname: string) => Promise<string[]>
}

export interface Message {
  url: string
  headers: Record<string, string>
  body: string
}

export type SendOutcome =
  | { outcome: 'answered'; status: number; retryAfter: string | undefined }
  | { outcome: 'failed'; failure: DeliveryFailure }

export type Send = (message: Message) => Promise<SendOutcome>

/** The host has no address that may be connected to. */
class NoAddress extends Error {
  readonly failure: DeliveryFailure
  constructor(failure: DeliveryFailure) {
    super(failure)
    this.failure = failure
  }
}

/**
 * Posts to addresses that strangers chose. A name is resolved once, and the
 * connection goes to one of the addresses that the guard then let through, so a
 * name that resolves to another one a moment later gains nothing. A redirect is
 * an answer like any other, and a proxy from the environment is not used: it
 * would connect where it likes.
 */
export function createSender({ guard, timeoutMs, resolve = createResolver() }: SenderOptions): Send {
  return async ({ url, headers, body }) => {
    const target = new URL(url)
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const addresses = await within(signal, locate(target))
      const { request } = target.protocol === 'https:' ? https : http
      const asked = request(target, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // One of its own, made without options: no connection is kept, and no proxy is known.
        agent: false,
        lookup: only(addresses),
        signal,
      })
      // Also later, when nobody waits for it any more.
      asked.on('error', () => {})
      asked.end(body)
      const answer = await answerOf(asked, signal)
      await readSome(answer)
      const { statusCode = 0 } = answer
      return { outcome: 'answered', status: statusCode, retryAfter: answer.headers['retry-after'] }
    } catch (error) {
      if (error instanceof NoAddress) return { outcome: 'failed', failure: error.failure }
      return { outcome: 'failed', failure: signal.aborted ? 'timeout' : 'connection-failed' }
    }
  }

  async function locate(target: URL): Promise<string[]> {
    // No name, so nothing would be looked up below.
    const literal = literalAddress(target)
    const addresses = literal === undefined ? await resolve(target.hostname) : [literal]
    if (addresses.length === 0) throw new NoAddress('name-not-found')
    const open = addresses.filter(guard)
    if (open.length === 0) throw new NoAddress('address-refused')
    return open
  }
}

/** A resolver that knows these addresses, whatever the name. */
function only(addresses: string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }))
  const [first = { address: '', family: 0 }] = known
  return (_hostname, { all }, callback) => {
    if (all === true) callback(null, known)
    else callback(null, first.address, first.family)
  }
}

async function answerOf(asked: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  // An answer that changes the protocol closes the request and emits nothing else.
  const closed = once(asked, 'close').then(() => {
    throw new Error('closed without an answer')
  })
  const [answer] = await Promise.race([once(asked, 'response', { signal }), closed])
  return answer as IncomingMessage
}

/** The status has said all. */
async function readSome(answer: IncomingMessage): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length
      if (bytes > MAX_ANSWER_BYTES) break
    }
  } catch {
    // cut off, or too slow
  }
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
