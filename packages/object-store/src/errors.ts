/** The store itself failed: network, disk, a refusal, a timeout. The same call may succeed later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  readonly code = 'TT_STORE_UNAVAILABLE'

  /** `operation` completes "failed to …". What exactly went wrong is in `cause`; the message names no key, path or address. */
  constructor(operation: string, cause: unknown) {
    super(`The object store failed to ${operation} (${reasonOf(cause)}).`, { cause })
  }
}

/** The body given to `put` was not as long as was said. Nothing was stored. */
export class BodyLengthMismatch extends Error {
  override readonly name = 'BodyLengthMismatch'
  readonly code = 'TT_BODY_LENGTH_MISMATCH'
  readonly declaredBytes: number
  /** How many bytes were seen: all of a body that is too short, a part of one that is too long. */
  readonly seenBytes: number

  constructor(declaredBytes: number, seenBytes: number) {
    const comparison = seenBytes < declaredBytes ? `ended after ${seenBytes}` : 'went on'
    super(`The body was declared as ${declaredBytes} bytes but ${comparison}.`)
    this.declaredBytes = declaredBytes
    this.seenBytes = seenBytes
  }
}

/** `STORE_URL` or `STORE_PUBLIC_URL` cannot be used. The message tells why and shows nothing of the URL's secret. */
export class InvalidStoreUrl extends Error {
  override readonly name = 'InvalidStoreUrl'
  readonly code = 'TT_INVALID_STORE_URL'
}

/** What the caller's abort rejects with, in the shape of Node's own. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted.', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal)
}

/** What to reject with when the store failed: an abort where the caller asked for it, else a fault of the store. */
export function storeFault(operation: string, error: unknown, signal?: AbortSignal): Error {
  if (signal?.aborted) return abortError(signal)
  return error instanceof StoreUnavailable ? error : new StoreUnavailable(operation, error)
}

/** Runs one call to the store; whatever it rejects with becomes a `storeFault`. */
export async function calling<T>(
  operation: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  try {
    return await call()
  } catch (error) {
    throw storeFault(operation, error, signal)
  }
}

/** The code of a system error (`ENOSPC`), or undefined where the value is none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function reasonOf(cause: unknown): string {
  return codeOf(cause) ?? (cause instanceof Error ? cause.name : 'unknown')
}
