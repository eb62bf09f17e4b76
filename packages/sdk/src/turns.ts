export type Turns = <T>(work: () => Promise<T>, signal?: AbortSignal | null) => Promise<T>

/** Lets so many work at once; the others wait for their turn, or until their signal aborts: then its reason is thrown. */
export function createTurns(max: number): Turns {
  let busy = 0
  const waiting = new Set<() => void>()

  function untilFree(signal?: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.delete(go)
        reject(signal?.reason)
      }
      waiting.add(go)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  return async (work, signal) => {
    signal?.throwIfAborted()
    // A place that is given back is handed on, and never free in between.
    if (busy < max) busy += 1
    else await untilFree(signal)
    try {
      return await work()
    } finally {
      const [next] = waiting
      if (next === undefined) busy -= 1
      else {
        waiting.delete(next)
        next()
      }
    }
  }
}
