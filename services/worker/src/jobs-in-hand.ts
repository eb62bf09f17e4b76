/** Counts jobs that run, so that a stop knows whether it has any to wait for. */
export interface JobsInHand {
  run<T>(work: () => Promise<T>): Promise<T>
  count(): number
  /** Resolves when none runs; at once where none does. */
  none(): Promise<void>
}

export function createJobsInHand(): JobsInHand {
  let count = 0
  let waiting: PromiseWithResolvers<void>[] = []
  return {
    async run(work) {
      count += 1
      try {
        return await work()
      } finally {
        count -= 1
        if (count === 0) {
          for (const { resolve } of waiting) resolve()
          waiting = []
        }
      }
    },
    count: () => count,
    none() {
      const end = Promise.withResolvers<void>()
      if (count === 0) end.resolve()
      else waiting.push(end)
      return end.promise
    },
  }
}
