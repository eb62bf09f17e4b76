/** The middle of a set of measurements, and how far they lie apart. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** @throws RangeError where there is nothing to take the middle of. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) }
}

/** The value that a share of all is at or below, between neighbours in proportion (Hyndman and Fan 1996, type 7). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  if (below === undefined || above === undefined) throw new RangeError('there are no values')
  return below + (above - below) * (at - Math.floor(at))
}
