import { rgbaToThumbHash } from 'thumbhash'
import { fromRaw, type RawPixels, toRaw } from './raw-pixels.ts'

/** thumbhash takes no longer side. */
const MAX_SIDE_PX = 100

/** The picture's ThumbHash (a blurred stand-in of about 25 bytes) in base64. */
export async function thumbhashOf(pixels: RawPixels): Promise<string> {
  const small = await toRaw(
    fromRaw(pixels)
      .resize(MAX_SIDE_PX, MAX_SIDE_PX, { fit: 'inside', withoutEnlargement: true })
      .ensureAlpha(),
  )
  return Buffer.from(rgbaToThumbHash(small.width, small.height, small.data)).toString('base64')
}
