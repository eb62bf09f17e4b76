import type { RenditionFormat } from '@tintype/domain'
import type { Sharp } from 'sharp'
import type { Size } from './bounded-size.ts'
import { fromRaw, type RawPixels } from './raw-pixels.ts'

/** The longest side that each encoder takes: libjpeg's, libwebp's, and what sharp allows libheif. */
const MAX_SIDE_PX: Record<RenditionFormat, number> = {
  jpeg: 65_500,
  png: Number.POSITIVE_INFINITY,
  webp: 16_383,
  avif: 16_384,
}

/** Whether a picture of this size can be written in a format. */
export function fits(format: RenditionFormat, { width, height }: Size, avifMaxPixels: number): boolean {
  if (format === 'avif' && width * height > avifMaxPixels) return false
  return Math.max(width, height) <= MAX_SIDE_PX[format]
}

/**
 * Thumbnails: JPEG 4:2:0, as sharp does by default. Measured on a 490 × 400 px
 * photograph: this takes 3 ms for 34 kB; mozjpeg's full effort 19 ms for 28 kB, its
 * trellis alone 13 ms for 31 kB, while the whole of the decode takes 15 ms. WebP at
 * effort 2 takes 6 ms where the default 4 takes 48 ms for the same size.
 */
const THUMBNAIL: Record<RenditionFormat, (output: Sharp) => Sharp> = {
  jpeg: (output) => output.jpeg({ quality: 80 }),
  png: (output) => output.png(),
  webp: (output) => output.webp({ quality: 80, effort: 2 }),
  avif: (output) => output.avif(),
}

/**
 * Full size. Measured on 12 noisy megapixels, one thread: JPEG 0.4 s for 1.7 MB; PNG
 * 0.9 s for 14 MB, and 21 MB without the filters; WebP at effort 2 0.6 s and at the
 * default 4 1.4 s for the same size; AVIF at effort 2 3.2 s, at the default 4 24 s.
 */
const FULL_SIZE: Record<RenditionFormat, (output: Sharp) => Sharp> = {
  jpeg: (output) => output.jpeg({ quality: 88 }),
  png: (output) => output.png({ compressionLevel: 6, adaptiveFiltering: true }),
  webp: (output) => output.webp({ quality: 85, effort: 2 }),
  avif: (output) => output.avif({ quality: 60, effort: 2 }),
}

/** Encodes pixels of a size that `fits`. JPEG knows no transparency: what shows through is white. */
export function encode(
  pixels: RawPixels,
  { format, isFullSize }: { format: RenditionFormat; isFullSize: boolean },
): Promise<Buffer> {
  const output = fromRaw(pixels)
  if (format === 'jpeg' && pixels.channels === 4) output.flatten({ background: 'white' })
  return (isFullSize ? FULL_SIZE : THUMBNAIL)[format](output).toBuffer()
}
