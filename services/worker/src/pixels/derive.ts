import type { RenditionName } from '@tintype/domain'
import { boundedSize, type Size } from './bounded-size.ts'
import { decode, type Original } from './decode.ts'
import type { BadInput, DerivedFormat, Want } from './messages.ts'
import { fromRaw, type RawPixels } from './raw-pixels.ts'
import { thumbhashOf } from './thumbhash.ts'

/** What the thumbhash is made from where no rendition is this high. */
const THUMBHASH_SOURCE_HEIGHT_PX = 100

/**
 * 4:2:0, as sharp does by default. Measured on a 490 × 400 px photograph: this takes 3 ms for 34 kB;
 * mozjpeg's full effort 19 ms for 28 kB, its trellis alone 13 ms for 31 kB, while
 * the whole of the decode takes 15 ms.
 */
const JPEG_OPTIONS = { quality: 80 } as const

export interface DeriveOptions {
  wants: Want[]
  maxPixels: number
}

export interface Rendition extends Size {
  name: RenditionName
  format: DerivedFormat
  data: Buffer
}

export type Derived = (Size & { outcome: 'derived'; thumbhash: string; renditions: Rendition[] }) | BadInput

/**
 * Makes all of an image's renditions, and its thumbhash, from one decode: the
 * highest comes straight from it, the others from that one's raw pixels. Without
 * `wants` the picture is decoded still, so that a damaged file is found.
 *
 * Renditions are sRGB without profile or metadata; PNG where any pixel is not
 * opaque, else JPEG. `width` and `height` are the picture's own, as seen.
 */
export async function derive(original: Original, { wants, maxPixels }: DeriveOptions): Promise<Derived> {
  const maxHeight = Math.max(THUMBHASH_SOURCE_HEIGHT_PX, ...wants.map(({ height }) => height))
  const decoded = await decode(original, { maxHeight, maxPixels })
  if (decoded.outcome === 'bad-input') return decoded
  const { seen, pixels } = decoded

  const format: DerivedFormat = pixels.channels === 4 ? 'png' : 'jpeg'
  const renditions: Rendition[] = []
  // One after another: a child is to be a core's worth of work.
  for (const { name, height } of wants) {
    const size = boundedSize(seen, height)
    // All heights above a small picture's own come out the same.
    const twin = renditions.find((other) => other.width === size.width && other.height === size.height)
    const data = twin?.data ?? (await encode(pixels, size, format))
    renditions.push({ name, format, ...size, data })
  }
  return { outcome: 'derived', ...seen, thumbhash: await thumbhashOf(pixels), renditions }
}

function encode(pixels: RawPixels, size: Size, format: DerivedFormat): Promise<Buffer> {
  const output = fromRaw(pixels)
  if (size.width !== pixels.width || size.height !== pixels.height) output.resize({ ...size, fit: 'fill' })
  return (format === 'png' ? output.png() : output.jpeg(JPEG_OPTIONS)).toBuffer()
}
