import type { ImageFormat } from '@tintype/domain'

/** How many leading bytes decide. An ftyp box with more brands than fit here is judged by those that do. */
export const SIGNATURE_BYTES = 1024

/** Structural HEIF brands say nothing of the codec; alone they are taken for HEIC (ISO/IEC 23008-12 §10.2). */
const STRUCTURAL_BRANDS = new Set(['mif1', 'msf1'])

const BRANDS = new Map<string, ImageFormat>([
  ['avif', 'avif'],
  ['avis', 'avif'],
  ['heic', 'heic'],
  ['heix', 'heic'],
  ['heim', 'heic'],
  ['heis', 'heic'],
  ['hevc', 'heic'],
  ['hevx', 'heic'],
])

/**
 * Tells an accepted format by a file's leading bytes (the first
 * `SIGNATURE_BYTES`, or all of a shorter file), or answers undefined. What
 * follows later in the file has no say, so a file that is two things at once
 * is only ever what it starts as. A PNG signature with a spoiled second half
 * still counts as PNG: its reader then calls it damaged.
 */
export function formatOfLeadingBytes(leading: Buffer): ImageFormat | undefined {
  const text = leading.toString('latin1', 0, 16)
  if (text.startsWith('\xff\xd8')) return 'jpeg'
  if (text.startsWith('\x89PNG')) return 'png'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif'
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp'
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) return 'tiff'
  if (text.startsWith('ftyp', 4)) return formatOfBrands(leading)
  return undefined
}

/** ftyp (ISO/IEC 14496-12 §4.3): major brand, its version, then compatible brands. A telling major brand wins. */
function formatOfBrands(leading: Buffer): ImageFormat | undefined {
  const end = Math.min(leading.readUInt32BE(0), leading.length)
  if (end < 16) return undefined
  const major = leading.toString('latin1', 8, 12)
  const ofMajor = BRANDS.get(major)
  if (ofMajor !== undefined) return ofMajor
  let ofCompatible: ImageFormat | undefined
  for (let offset = 16; offset + 4 <= end; offset += 4) {
    const format = BRANDS.get(leading.toString('latin1', offset, offset + 4))
    // A file that says it is readable as either is left to the codec that more decoders have.
    if (format === 'avif') return 'avif'
    ofCompatible ??= format
  }
  return ofCompatible ?? (STRUCTURAL_BRANDS.has(major) ? 'heic' : undefined)
}
