import type { Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { readFirstDirectory } from './tiff-directory.ts'

/** The orientation tag of TIFF 6.0 §8 and Exif 2.32 §4.6.4. */
export const ORIENTATION_TAG = 274

const EXIF_PREFIX = 'Exif\0\0'

/** An orientation as a field to spread into a claim: absent unless it is one of the eight. */
export function orientationField(value: number | undefined): { orientation?: number } {
  return value !== undefined && value >= 1 && value <= 8 ? { orientation: value } : {}
}

/**
 * The orientation that an Exif block names, with or without its `Exif\0\0`
 * prefix; undefined where it names none. A broken block is no reason to refuse
 * a picture, since decoders do without it.
 */
export async function exifOrientation(reader: HeaderReader, block: Region): Promise<number | undefined> {
  try {
    const prefixed = await startsWithExif(reader, block)
    const tiff = { start: block.start + (prefixed ? EXIF_PREFIX.length : 0), end: block.end }
    return (await readFirstDirectory(reader, tiff, new Set([ORIENTATION_TAG]))).get(ORIENTATION_TAG)
  } catch (error) {
    if (error instanceof DamagedHeader) return undefined
    throw error
  }
}

/** Whether a block opens with the prefix that tells Exif from other uses of a JPEG's APP1. */
export async function startsWithExif(reader: HeaderReader, block: Region): Promise<boolean> {
  if (block.end - block.start < EXIF_PREFIX.length) return false
  return (await reader.at(block.start, EXIF_PREFIX.length)).toString('latin1') === EXIF_PREFIX
}
