import type { Sharp } from 'sharp'
import type { Size } from './bounded-size.ts'
import { sharp } from './locked-sharp.ts'

/** Interleaved 8-bit sRGB pixels: RGB, or RGBA where the picture is transparent. */
export interface RawPixels extends Size {
  data: Uint8Array
  channels: 3 | 4
}

/** Begins a sharp pipeline on pixels that are decoded already. */
export function fromRaw({ data, width, height, channels }: RawPixels, { premultiplied = false } = {}): Sharp {
  return sharp(data, { limitInputPixels: false, raw: { width, height, channels, premultiplied } })
}

/**
 * Ends a sharp pipeline in raw pixels. Rejects where libvips could bring them to
 * neither RGB nor RGBA, as with a TIFF whose channels are no colours.
 */
export async function toRaw(pipeline: Sharp): Promise<RawPixels> {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels !== 3 && channels !== 4) throw new Error(`Pixels of ${channels} channels are not supported`)
  return { data, width, height, channels }
}

/** Drops an alpha channel that hides nothing, so that `channels` says whether the picture is transparent. */
export async function withoutIdleAlpha(pixels: RawPixels): Promise<RawPixels> {
  const { data, channels } = pixels
  if (channels === 3) return pixels
  for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] !== 255) return pixels
  return toRaw(fromRaw(pixels).removeAlpha())
}
