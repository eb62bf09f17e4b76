/** Runs work on the same key one after the other; work on different keys does not wait. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  const last = new Map<string, Promise<void>>()

  return async (key, work) => {
    const before = last.get(key)
    const { promise: mine, resolve: done } = Promise.withResolvers<void>()
    last.set(key, mine)
    try {
      await before
      return await work()
    } finally {
      done()
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
