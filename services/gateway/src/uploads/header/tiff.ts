import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { ORIENTATION_TAG, orientationField } from './orientation.ts'
import type { PictureClaim } from './picture-claim.ts'
import { readFirstDirectory } from './tiff-directory.ts'

const WIDTH = 256
const HEIGHT = 257
const TILE_WIDTH = 322
const TILE_HEIGHT = 323
const WANTED = new Set([WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT, ORIENTATION_TAG])

/**
 * Reads the size of a TIFF's first picture, wherever in the file its directory
 * is (TIFF 6.0 §2, §8; BigTIFF as libtiff documents it). A tile larger than the
 * picture (§15) is what a decoder allocates, so it counts as claimed.
 */
export async function readTiffHeader(reader: HeaderReader): Promise<PictureClaim> {
  const tags = await readFirstDirectory(reader, { start: 0, end: reader.bytes }, WANTED)
  const width = tags.get(WIDTH)
  const height = tags.get(HEIGHT)
  if (width === undefined || height === undefined) throw new DamagedHeader('The TIFF names no size.')
  if (width === 0 || height === 0) throw new DamagedHeader('The TIFF names a size of zero.')
  if (width > 0xffffffff || height > 0xffffffff) throw new DamagedHeader('The TIFF names an impossible size.')
  const tilePixels = (tags.get(TILE_WIDTH) ?? 0) * (tags.get(TILE_HEIGHT) ?? 0)
  return {
    width,
    height,
    claimedPixels: Math.max(width * height, tilePixels),
    ...orientationField(tags.get(ORIENTATION_TAG)),
  }
}
