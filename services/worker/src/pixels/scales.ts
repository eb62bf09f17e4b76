import type { Size } from './bounded-size.ts'
import { fromRaw, type RawPixels, toRaw } from './raw-pixels.ts'

/** From less than this a resize would blur what a resize has blurred already. */
const STEP = 2

/**
 * A picture at several sizes, to be asked for from the largest down: each is made
 * from the smallest before it that is at least twice as high, which costs a
 * quarter of making it from one that is twice as high again.
 */
export function createScales(largest: RawPixels): (size: Size) => Promise<RawPixels> {
  const known = [largest]
  return async (size) => {
    const same = known.find(({ width, height }) => width === size.width && height === size.height)
    if (same !== undefined) return same
    const isRoomy = ({ width, height }: RawPixels) =>
      height >= size.height * STEP && width >= size.width * STEP
    const source = known.findLast(isRoomy) ?? largest
    const scaled = await toRaw(fromRaw(source).resize({ ...size, fit: 'fill' }))
    known.push(scaled)
    return scaled
  }
}
