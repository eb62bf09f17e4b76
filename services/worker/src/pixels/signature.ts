import type { FileHandle } from 'node:fs/promises'

/** Which decoder a file is for, of those that uploads' formats have. */
export type DecoderKind = 'sharp' | 'libheif'

const LEADING_BYTES = 1024

/** JPEG, PNG, GIF, WebP, TIFF and BigTIFF. */
const SIGNATURE = /^(?:\xff\xd8|\x89PNG|GIF8[79]a|RIFF.{4}WEBP|II[*+]\0|MM\0[*+])/s

const HEVC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'])
const AV1_BRANDS = new Set(['avif', 'avis'])
const STRUCTURAL_BRANDS = new Set(['mif1', 'msf1'])

/** Tells by a file's leading bytes; undefined where it starts as no accepted format does. */
export async function decoderFor(file: FileHandle): Promise<DecoderKind | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(LEADING_BYTES), 0, LEADING_BYTES, 0)
  const leading = buffer.subarray(0, bytesRead)
  if (SIGNATURE.test(leading.toString('latin1', 0, 16))) return 'sharp'
  return leading.length >= 16 && leading.toString('latin1', 4, 8) === 'ftyp' ? ofBrands(leading) : undefined
}

/**
 * `ftyp` (ISO/IEC 14496-12 §4.3; brands of ISO/IEC 23008-12): sharp's binaries
 * read AVIF but not HEIC. A telling major brand wins; a file that can be read as
 * AVIF too is; structural brands alone are taken for HEIC, as the upload's check takes them.
 */
function ofBrands(leading: Buffer): DecoderKind | undefined {
  const major = leading.toString('latin1', 8, 12)
  if (HEVC_BRANDS.has(major)) return 'libheif'
  const brands = [major]
  const end = Math.min(leading.readUInt32BE(0), leading.length)
  for (let offset = 16; offset + 4 <= end; offset += 4)
    brands.push(leading.toString('latin1', offset, offset + 4))
  if (brands.some((brand) => AV1_BRANDS.has(brand))) return 'sharp'
  return brands.some((brand) => HEVC_BRANDS.has(brand) || STRUCTURAL_BRANDS.has(brand))
    ? 'libheif'
    : undefined
}
