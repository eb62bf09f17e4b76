import { seededRandom } from '@tintype/testkit'

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

export function createRandom(seed: number): Random {
  const draw = seededRandom(seed)
  const next = () => draw(2 ** 32) / 2 ** 32
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
