/** More work was asked for than may wait. */
export class TooManyWaiting extends Error {
  constructor() {
    super('too much waits for its turn')
  }
}

/**
 * Lets `atOnce` tasks run at a time and `waiting` more wait for their turn; what
 * comes on top is refused at once instead of piling up.
 *
 * @throws TooManyWaiting without having begun the task.
 */
export function boundWork({ atOnce, waiting }: { atOnce: number; waiting: number }) {
  const queue: (() => void)[] = []
  let running = 0

  return async function bounded<T>(task: () => Promise<T>): Promise<T> {
    if (running < atOnce) running += 1
    else {
      if (queue.length >= waiting) throw new TooManyWaiting()
      // The turn of the task that ends is handed over, so `running` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve))
    }
    try {
      return await task()
    } finally {
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
