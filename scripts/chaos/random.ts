/** Chance that comes out the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number, both ends included. */
  between(min: number, max: number): number
  /** @throws where there is nothing to pick. */
  pick<T>(from: readonly T[]): T
  shuffled<T>(list: readonly T[]): T[]
}

/** Mulberry32 (T. Ettinger): 32 bits of state are enough to choose what breaks when. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    between,
    pick(from) {
      if (from.length === 0) throw new Error('there is nothing to pick from')
      return from[between(0, from.length - 1)] as (typeof from)[number]
    },
    shuffled(list) {
      const left = [...list]
      return list.map(() => left.splice(between(0, left.length - 1), 1)[0] as (typeof list)[number])
    },
  }
}
