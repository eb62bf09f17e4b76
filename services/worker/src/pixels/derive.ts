import { type RenditionFormat, type RenditionName, type RenditionSpec, specOf } from '@tintype/domain'
import { boundedSize, type Size } from './bounded-size.ts'
import { decode, type Original } from './decode.ts'
import { encode, fits } from './encode.ts'
import type { BadInput, Refusal } from './messages.ts'
import { createScales } from './scales.ts'
import { thumbhashOf } from './thumbhash.ts'

/** What the thumbhash is made from where no rendition is this high. */
const THUMBHASH_SOURCE_HEIGHT_PX = 100

export interface DeriveOptions {
  wants: RenditionName[]
  maxPixels: number
  avifMaxPixels: number
}

export interface Rendition extends Size {
  name: RenditionName
  format: RenditionFormat
  data: Buffer
}

export type Derived =
  | (Size & { outcome: 'derived'; thumbhash: string; renditions: Rendition[]; refused: Refusal[] })
  | BadInput

/**
 * Makes all that is wanted of an image, and its thumbhash, from one decode: the
 * highest comes straight from it, the others from the raw pixels of those. Without
 * `wants` the picture is decoded still, so that a damaged file is found.
 *
 * Renditions are sRGB without profile or metadata; thumbnails PNG where any pixel
 * is not opaque, else JPEG. `width` and `height` are the picture's own, as seen.
 */
export async function derive(
  original: Original,
  { wants, maxPixels, avifMaxPixels }: DeriveOptions,
): Promise<Derived> {
  const specs = wants.map(readName)
  const maxHeight = Math.max(THUMBHASH_SOURCE_HEIGHT_PX, ...specs.map(heightOf))
  const decoded = await decode(original, { maxHeight, maxPixels })
  if (decoded.outcome === 'bad-input') return decoded
  const { seen, pixels } = decoded

  const renditions: Rendition[] = []
  const refused: Refusal[] = []
  const scales = createScales(pixels)
  // One after another: a child is to be a core's worth of work.
  for (const spec of specs.toSorted(byHeight)) {
    const { name } = spec
    const format = spec.format === 'default' ? (pixels.channels === 4 ? 'png' : 'jpeg') : spec.format
    const size = boundedSize(seen, heightOf(spec))
    if (!fits(format, size, avifMaxPixels)) {
      refused.push({ name, code: 'TT_CONVERSION_TOO_LARGE' })
      continue
    }
    // All heights above a small picture's own come out the same.
    const twin = renditions.find(
      (other) => other.format === format && other.width === size.width && other.height === size.height,
    )
    const isFullSize = spec.kind === 'conversion'
    const data = twin?.data ?? (await encode(await scales.at(size), { format, isFullSize }))
    renditions.push({ name, format, ...size, data })
  }
  // As they were asked for.
  for (const list of [renditions, refused]) {
    list.sort((one, other) => wants.indexOf(one.name) - wants.indexOf(other.name))
  }
  const thumbhash = await thumbhashOf(scales.atLeast(THUMBHASH_SOURCE_HEIGHT_PX))
  return { outcome: 'derived', ...seen, thumbhash, renditions, refused }
}

type NamedSpec = RenditionSpec & { name: RenditionName }

function readName(name: RenditionName): NamedSpec {
  const spec = specOf(name)
  if (spec === undefined) throw new RangeError(`${name} names no rendition`)
  return { name, ...spec }
}

/** The highest first. */
function byHeight(one: RenditionSpec, other: RenditionSpec): number {
  const [height, otherHeight] = [heightOf(one), heightOf(other)]
  return height === otherHeight ? 0 : otherHeight - height
}

function heightOf(spec: RenditionSpec): number {
  return spec.kind === 'thumbnail' ? spec.height : Number.POSITIVE_INFINITY
}
