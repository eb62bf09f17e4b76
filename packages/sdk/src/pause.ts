/** Aborts with the first of those that are told. */
export function eitherOf(...signals: (AbortSignal | null | undefined)[]): AbortSignal | undefined {
  const told = signals.filter((signal) => signal !== undefined && signal !== null)
  return told.length > 1 ? AbortSignal.any(told) : told[0]
}

/** Waits, unless the signal aborts: then it throws the signal's reason. */
export function pause(ms: number, signal?: AbortSignal | null): Promise<void> {
  return untilAborted(new Promise((resolve) => setTimeout(resolve, ms)), signal)
}

/** The promise's outcome, or the signal's reason as soon as it aborts. What the promise stands for goes on. */
export async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (signal === undefined || signal === null) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
