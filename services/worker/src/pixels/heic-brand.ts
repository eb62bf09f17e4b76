import type { FileHandle } from 'node:fs/promises'

const HEVC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'])
const AV1_BRANDS = new Set(['avif', 'avis'])
const STRUCTURAL_BRANDS = new Set(['mif1', 'msf1'])
const LEADING_BYTES = 1024

/**
 * Whether a file is HEIC, which sharp's binaries cannot decode, by its `ftyp`
 * box (ISO/IEC 14496-12 §4.3, brands of ISO/IEC 23008-12). A telling major brand
 * wins; a file that says it can be read as AVIF too is not HEIC; structural
 * brands alone are taken for HEIC, as the upload's check takes them.
 */
export async function isHeic(file: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(LEADING_BYTES), 0, LEADING_BYTES, 0)
  if (bytesRead < 16 || buffer.toString('latin1', 4, 8) !== 'ftyp') return false
  const major = buffer.toString('latin1', 8, 12)
  if (HEVC_BRANDS.has(major)) return true
  const brands = [major]
  const end = Math.min(buffer.readUInt32BE(0), bytesRead)
  for (let offset = 16; offset + 4 <= end; offset += 4)
    brands.push(buffer.toString('latin1', offset, offset + 4))
  if (brands.some((brand) => AV1_BRANDS.has(brand))) return false
  return brands.some((brand) => HEVC_BRANDS.has(brand) || STRUCTURAL_BRANDS.has(brand))
}
