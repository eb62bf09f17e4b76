import type { ImageFormat } from '@tintype/domain'
import { DamagedHeader } from './damaged-header.ts'
import { readGifHeader } from './gif.ts'
import { createHeaderReader, DEFAULT_LIMITS, type HeaderLimits, type HeaderReader } from './header-reader.ts'
import { readHeifHeader } from './isobmff.ts'
import { readJpegHeader } from './jpeg.ts'
import type { PictureClaim } from './picture-claim.ts'
import { readPngHeader } from './png.ts'
import type { RandomAccess } from './random-access.ts'
import { formatOfLeadingBytes, SIGNATURE_BYTES } from './signature.ts'
import { readTiffHeader } from './tiff.ts'
import { readWebpHeader } from './webp.ts'

export type { HeaderLimits } from './header-reader.ts'
export { accessFile, type RandomAccess } from './random-access.ts'

/** What an uploaded file's header says; all of it is a claim that only a decode can confirm. */
export interface ImageHeader extends PictureClaim {
  /** What the bytes are, whatever the file's name or declared type says. */
  format: ImageFormat
  /**
   * What to hold against a limit on pixels: the area of the canvas, or of the
   * largest tile, layer or thumbnail where that is larger. Over 2^53 it is rounded.
   */
  claimedPixels: number
}

export type HeaderOutcome =
  | { outcome: 'image'; header: ImageHeader }
  /** None of the accepted formats by its leading bytes. */
  | { outcome: 'not-an-image' }
  /** Starts as an accepted format; its header is cut short or contradicts itself. `detail` is a sentence. */
  | { outcome: 'damaged'; detail: string }

export interface ReadHeaderOptions {
  /** Replaces single limits of the defaults. */
  limits?: Partial<HeaderLimits>
  signal?: AbortSignal
}

const READERS: Record<ImageFormat, (reader: HeaderReader) => Promise<PictureClaim>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
  avif: readHeifHeader,
  heic: readHeifHeader,
  tiff: readTiffHeader,
}

/**
 * Tells what an uploaded file is by its bytes and how large its header claims
 * the picture to be, without decoding a pixel. Reads at most 64 KiB at once and,
 * by default, 16 MiB and 2048 reads in all, whatever the file says of itself.
 * Rejects only where the source fails to read or `signal` is aborted.
 */
export async function readImageHeader(
  source: RandomAccess,
  options: ReadHeaderOptions = {},
): Promise<HeaderOutcome> {
  const reader = createHeaderReader(source, { ...DEFAULT_LIMITS, ...options.limits }, options.signal)
  try {
    const format = formatOfLeadingBytes(await reader.at(0, Math.min(SIGNATURE_BYTES, source.bytes)))
    if (format === undefined) return { outcome: 'not-an-image' }
    const claim = await READERS[format](reader)
    const header = { format, claimedPixels: claim.width * claim.height, ...claim }
    return { outcome: 'image', header }
  } catch (error) {
    if (error instanceof DamagedHeader) return { outcome: 'damaged', detail: error.message }
    throw error
  }
}
