import type { IncomingMessage } from 'node:http'
import { withDetails } from '@tintype/service-kit'
import { BodyTooLarge } from './errors.ts'
import { MAX_FILES } from './parts.ts'

/** For what is around the files: boundaries, headers, fields. */
const AROUND_FILES_BYTES = 16 * 1024 ** 2

/** The most that a request may bring whose files may be of `maxUploadBytes`. */
export function maxBodyBytes(maxUploadBytes: number): number {
  return MAX_FILES * maxUploadBytes + AROUND_FILES_BYTES
}

/**
 * Counts a body as it is read, and calls `onTooLarge` once with what it is to
 * be refused with when there is more than `maxBytes` of it: files are read to
 * their end when they are refused, and a chunked one need not have any.
 *
 * @throws BodyTooLarge where it says beforehand that there is.
 */
export function limitBody(
  raw: IncomingMessage,
  maxBytes: number,
  onTooLarge: (error: Error) => void,
): Disposable {
  const tooLarge = () => withDetails(new BodyTooLarge(maxBytes), { maxBytes })
  if (Number(raw.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  let bytes = 0
  function count(chunk: Buffer): void {
    bytes += chunk.length
    if (bytes <= maxBytes) return
    stop()
    onTooLarge(tooLarge())
  }
  function stop(): void {
    raw.off('data', count)
  }
  // A listener sets a stream flowing, unless it was paused: the form's reader is not there yet.
  raw.pause()
  raw.on('data', count)
  return { [Symbol.dispose]: stop }
}
