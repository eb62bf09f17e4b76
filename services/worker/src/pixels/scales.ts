import type { Size } from './bounded-size.ts'
import { fromRaw, type RawPixels, toRaw } from './raw-pixels.ts'

/** From less than this, what a resize has blurred would be blurred again: with 2, it shows (SSIM) below a decode for each. */
const STEP = 4

export interface Scales {
  /** To be asked for from the largest down. */
  at(size: Size): Promise<RawPixels>
  /** The smallest so far that is this high, or else the largest. */
  atLeast(height: number): RawPixels
}

/**
 * A picture at several sizes, each made from the smallest before it that is four
 * times as high at least: a resize takes as long as what it reads is large.
 */
export function createScales(largest: RawPixels): Scales {
  const known = [largest]
  return {
    async at(size) {
      const same = known.find(({ width, height }) => width === size.width && height === size.height)
      if (same !== undefined) return same
      const isRoomy = ({ width, height }: RawPixels) =>
        height >= size.height * STEP && width >= size.width * STEP
      const source = known.findLast(isRoomy) ?? largest
      const scaled = await toRaw(fromRaw(source).resize({ ...size, fit: 'fill' }))
      known.push(scaled)
      return scaled
    },
    atLeast: (minHeight) => known.findLast(({ height }) => height >= minHeight) ?? largest,
  }
}
