import type { FileHandle } from 'node:fs/promises'
import type { Metadata } from 'sharp'
import { badInput, judged } from './bad-input.ts'
import { boundedSize, type Size } from './bounded-size.ts'
import { decodeHeic, type HeicResult } from './heic.ts'
import { wrapInTiff } from './icc-tiff.ts'
import { hasJpegEnd, hasTooManyScans } from './jpeg-markers.ts'
import { sharp } from './locked-sharp.ts'
import type { BadInput } from './messages.ts'
import { fromRaw, type RawPixels, toRaw, withoutIdleAlpha } from './raw-pixels.ts'
import { decoderFor } from './signature.ts'

type DecodedHeic = Extract<HeicResult, { outcome: 'decoded' }>

export interface Original {
  /** Where decoders read it. */
  path: string
  file: FileHandle
}

export interface DecodeOptions {
  /** Height in pixels of what is wanted; less where the picture is smaller. */
  maxHeight: number
  maxPixels: number
}

export type Decoded =
  /** `seen`: the whole picture's size, its orientation applied. `pixels`: the picture at most `maxHeight` high. */
  { outcome: 'decoded'; seen: Size; pixels: RawPixels } | BadInput

/**
 * The one decode of an original: its first frame, turned as it is to be seen,
 * in sRGB, 8 bits a channel, no higher than wanted. JPEG and WebP are shrunk
 * while they are decoded.
 *
 * Every way in which the file itself can be at fault is an outcome; faults of the machine reject.
 */
export async function decode(original: Original, options: DecodeOptions): Promise<Decoded> {
  const decoder = await decoderFor(original.file)
  if (decoder === undefined) return badInput('TT_IMAGE_UNSUPPORTED', 'Starts as no accepted format does')
  const decoded = await (decoder === 'sharp' ? viaSharp(original, options) : viaLibheif(original, options))
  if (decoded.outcome === 'bad-input') return decoded
  return { ...decoded, pixels: await withoutIdleAlpha(decoded.pixels) }
}

async function viaSharp({ path, file }: Original, { maxHeight, maxPixels }: DecodeOptions): Promise<Decoded> {
  // To sharp 0 means no limit at all.
  const limitInputPixels = Math.max(1, maxPixels)
  const input = sharp(path, { failOn: 'error', limitInputPixels, autoOrient: true })
  const metadata = await judged(input.metadata())
  if ('outcome' in metadata) return metadata
  if (metadata.format === 'jpeg' && metadata.isProgressive && (await hasTooManyScans(file))) {
    return badInput('TT_IMAGE_UNSUPPORTED', 'JPEG of more scans than any encoder writes')
  }
  const seen = metadata.autoOrient
  const size = boundedSize(seen, maxHeight)
  // `fill` to a size that keeps the ratio: sharp's own rounding depends on how far a format shrinks while loading.
  if (size.height !== seen.height || size.width !== seen.width) input.resize({ ...size, fit: 'fill' })
  if (isWideGamut16(metadata)) input.withIccProfile('srgb')
  const pixels = await judged(toRaw(input))
  if ('outcome' in pixels) return pixels
  if (metadata.format === 'jpeg' && !(await hasJpegEnd(file))) {
    return badInput('TT_IMAGE_CORRUPT', 'JPEG without the end of its picture')
  }
  return { outcome: 'decoded', seen, pixels }
}

/**
 * sharp takes 16-bit RGB with a profile to Display P3 on the way in, and to sRGB
 * only if asked to; without a profile it must not be asked, as it would take the
 * numbers for Display P3 (its `pipeline.cc`, `processingProfile`).
 */
function isWideGamut16({ space, hasProfile }: Metadata): boolean {
  return space === 'rgb16' && hasProfile
}

async function viaLibheif({ path }: Original, { maxHeight, maxPixels }: DecodeOptions): Promise<Decoded> {
  const heic = await decodeHeic({ path, maxPixels })
  if (heic.outcome === 'bad-input') return heic
  const shrunk = await shrink(heic, boundedSize(heic, maxHeight))
  // After the shrink, where it is cheap: an iPhone's picture is 12 to 48 megapixels in Display P3.
  const pixels = heic.profile === undefined ? shrunk : await judged(toSrgb(shrunk, heic.profile))
  if ('outcome' in pixels) return pixels
  return { outcome: 'decoded', seen: { width: heic.width, height: heic.height }, pixels }
}

async function shrink({ rgba, width, height, premultiplied }: DecodedHeic, size: Size): Promise<RawPixels> {
  const pixels: RawPixels = { data: rgba, width, height, channels: 4 }
  const isWhole = size.height === height && size.width === width
  // Full-size pixels are not held twice.
  if (isWhole && !premultiplied) return pixels
  const input = fromRaw(pixels, { premultiplied })
  if (!isWhole) input.resize({ ...size, fit: 'fill' })
  return toRaw(input)
}

function toSrgb(pixels: RawPixels, profile: Uint8Array): Promise<RawPixels> {
  return toRaw(sharp(wrapInTiff(pixels, profile), { failOn: 'error' }))
}
