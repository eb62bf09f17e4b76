import { quantile } from '../bench/statistics.ts'
import { HEAP, type Sample } from './figures.ts'

/**
 * How a figure was after the warm-up and at the end: each the median of a third of
 * what lies between, of a heap the least: it fills with garbage until it is
 * collected, and what no collection takes is what leaks.
 */
export interface Growth {
  figure: string
  first: number
  last: number
  highest: number
  /** What `last` may be at most. */
  allowed: number
  isFlat: boolean
}

/** What a collector of garbage and a pool of connections move by without growing. */
const ALLOWED_SHARE = 0.1
const ALLOWED_MIB = 16
const ALLOWED_COUNT = 12

/** Compares the first third of samples with the last. @throws where there are fewer than three. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const third = Math.floor(samples.length / 3)
  if (third < 1) throw new Error('there are too few samples to tell growth from chance')
  return Object.keys(samples[0] ?? {}).map((figure) => {
    const values = samples.map((sample) => sample[figure] ?? 0)
    const level = (some: number[]) => (figure.includes(HEAP) ? Math.min(...some) : quantile(some, 0.5))
    const first = level(values.slice(0, third))
    const last = level(values.slice(-third))
    const slack = figure.includes('MiB') ? ALLOWED_MIB : ALLOWED_COUNT
    const allowed = first + Math.max(first * ALLOWED_SHARE, slack)
    return { figure, first, last, highest: Math.max(...values), allowed, isFlat: last <= allowed }
  })
}
