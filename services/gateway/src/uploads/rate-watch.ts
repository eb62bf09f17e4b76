import type { Socket } from 'node:net'

export interface RateLimit {
  minBytesPerSecond: number
  /** How long a sender may stay below it; 20,000 unless told. */
  windowMs?: number
}

export interface RateWatch extends Disposable {
  /** Time in which we do not read is not held against the sender. */
  pause(): void
  resume(): void
}

/**
 * Calls `onSlow` once when fewer than `minBytesPerSecond` arrive on a socket
 * over a window of time. Total time is not limited: a large file over a slow line is
 * welcome, a line that is held open for nothing is not.
 */
export function watchRate(
  socket: Socket,
  { minBytesPerSecond, windowMs = 20_000 }: RateLimit,
  onSlow: () => void,
): RateWatch {
  let seen = socket.bytesRead
  let timer: NodeJS.Timeout | undefined

  function check(): void {
    const arrived = socket.bytesRead - seen
    if (arrived < (minBytesPerSecond * windowMs) / 1000) {
      clearInterval(timer)
      onSlow()
    }
    seen = socket.bytesRead
  }
  function pause(): void {
    clearInterval(timer)
    timer = undefined
  }
  function resume(): void {
    seen = socket.bytesRead
    timer ??= setInterval(check, windowMs)
  }
  resume()
  return { pause, resume, [Symbol.dispose]: pause }
}
