import { TIER_LIMITS } from '@tintype/domain'
import { BodyLengthMismatch } from './errors.ts'

/** Throws a `TypeError` unless a body may be declared as long as this. */
export function checkDeclaredBytes(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > TIER_LIMITS.uploadBytes) {
    throw new TypeError(`A body's length is a whole number from 0 to ${TIER_LIMITS.uploadBytes} bytes.`)
  }
}

/**
 * Passes on a body's chunks, and throws `BodyLengthMismatch` unless they sum up
 * to `bytes`.
 *
 * The last chunk is held back until the body has ended: a server that was told
 * the length publishes the object as soon as it has that many bytes, which must
 * not happen for a body that then goes on.
 */
export async function* exactly(body: AsyncIterable<unknown>, bytes: number): AsyncGenerator<Uint8Array> {
  let seenBytes = 0
  let held: Uint8Array | undefined
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('A body must yield bytes, not text or objects.')
    if (chunk.byteLength === 0) continue
    seenBytes += chunk.byteLength
    if (seenBytes > bytes) throw new BodyLengthMismatch(bytes, seenBytes)
    if (held !== undefined) yield held
    held = chunk
  }
  if (seenBytes < bytes) throw new BodyLengthMismatch(bytes, seenBytes)
  if (held !== undefined) yield held
}
