/** A picture's luminance, one byte a pixel, row by row. */
export interface Luminance {
  data: Uint8Array
  width: number
  height: number
}

const WINDOW_PX = 8
const STEP_PX = 4
const C1 = (0.01 * 255) ** 2
const C2 = (0.03 * 255) ** 2

/**
 * The mean structural similarity of two pictures of one size, 1 where they are
 * the same (Wang, Bovik, Sheikh and Simoncelli 2004, with even windows of 8 × 8).
 */
export function ssim(one: Luminance, other: Luminance): number {
  if (one.width !== other.width || one.height !== other.height)
    throw new RangeError('pictures of different sizes cannot be compared')
  let [sum, windows] = [0, 0]
  for (let top = 0; top + WINDOW_PX <= one.height; top += STEP_PX) {
    for (let left = 0; left + WINDOW_PX <= one.width; left += STEP_PX) {
      sum += similarity(one.data, other.data, top * one.width + left, one.width)
      windows += 1
    }
  }
  if (windows === 0) throw new RangeError('a picture below 8 × 8 px has nothing to compare')
  return sum / windows
}

function similarity(a: Uint8Array, b: Uint8Array, start: number, width: number): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0]
  for (let y = 0; y < WINDOW_PX; y += 1) {
    for (let x = 0; x < WINDOW_PX; x += 1) {
      const at = start + y * width + x
      const [p, q] = [a[at] ?? 0, b[at] ?? 0]
      sumA += p
      sumB += q
      sumAA += p * p
      sumBB += q * q
      sumAB += p * q
    }
  }
  const n = WINDOW_PX ** 2
  const [meanA, meanB] = [sumA / n, sumB / n]
  const [varianceA, varianceB] = [sumAA / n - meanA ** 2, sumBB / n - meanB ** 2]
  const covariance = sumAB / n - meanA * meanB
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) /
    ((meanA ** 2 + meanB ** 2 + C1) * (varianceA + varianceB + C2))
  )
}
