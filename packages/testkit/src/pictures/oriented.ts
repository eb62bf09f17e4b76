import { QUADRANTS_SIZE, quadrants } from './quadrants.ts'
import { encodeRaw, type RawPicture } from './raw-picture.ts'

/**
 * Where the pixel that is seen at `x`, `y` is stored, by EXIF orientation
 * (TIFF 6.0, tag 274; JEITA CP-3451). `width` and `height` are those of the
 * stored picture. Written out here, so that it agrees with no decoder by descent.
 */
const STORED_AT: Record<
  number,
  (x: number, y: number, width: number, height: number) => [x: number, y: number]
> = {
  1: (x, y) => [x, y],
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _width, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _width, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
}

/**
 * A picture stored turned and mirrored as `orientation` (1 to 8) says, with the
 * tag that undoes it: whichever is asked for, what is to be seen is `quadrants()`.
 */
export function oriented(
  orientation: number,
  format: 'jpeg' | 'png' | 'webp' | 'tiff' = 'jpeg',
): Promise<Buffer> {
  return encodeRaw(storedAs(orientation))
    .withMetadata({ orientation })
    .toFormat(format, { quality: 95 })
    .toBuffer()
}

function storedAs(orientation: number): RawPicture {
  const storedAt = STORED_AT[orientation]
  if (storedAt === undefined) throw new RangeError(`EXIF knows no orientation ${orientation}`)
  const seen = quadrants(QUADRANTS_SIZE)
  const isTurned = orientation >= 5
  const width = isTurned ? seen.height : seen.width
  const height = isTurned ? seen.width : seen.height
  const data = Buffer.alloc(seen.data.length)
  for (let y = 0; y < seen.height; y += 1) {
    for (let x = 0; x < seen.width; x += 1) {
      const [storedX, storedY] = storedAt(x, y, width, height)
      const from = (y * seen.width + x) * 3
      data.set(seen.data.subarray(from, from + 3), (storedY * width + storedX) * 3)
    }
  }
  return { data, width, height, channels: 3 }
}
