export interface Turn extends Disposable {
  /** Whether there was one. */
  readonly isFree: boolean
}

/** Lets each user have `max` things under way in this process, so that nobody holds all there is. */
export function createUserTurns(max: number): (userId: string) => Turn {
  const underWay = new Map<string, number>()
  return (userId) => {
    const count = underWay.get(userId) ?? 0
    if (count >= max) return { isFree: false, [Symbol.dispose]: () => {} }
    underWay.set(userId, count + 1)
    let isOver = false
    return {
      isFree: true,
      [Symbol.dispose]() {
        if (isOver) return
        isOver = true
        const left = (underWay.get(userId) ?? 1) - 1
        if (left === 0) underWay.delete(userId)
        else underWay.set(userId, left)
      },
    }
  }
}
