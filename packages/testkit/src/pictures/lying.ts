import sharp from 'sharp'
import { heic } from './heic.ts'

/** Pictures whose header names another size than their pixels have. */

/** An AVIF, of 64 × 48 pixels unless told, whose header claims `claim`. */
export async function lyingAvif(
  claim: { width: number; height: number },
  { width = 64, height = 48 } = {},
): Promise<Buffer> {
  const plain = sharp({ create: { width, height, channels: 3, background: '#b43c32' } })
  return claimExtent(await plain.avif({ effort: 0 }).toBuffer(), claim)
}

/** The same as HEIC. */
export async function lyingHeic(claim: { width: number; height: number }): Promise<Buffer> {
  return claimExtent(await heic(), claim)
}

/** A HEIC whose sequence parameters (ITU-T H.265 §7.3.2.2) are bent, so that its picture has no pixels. */
export async function sizelessHeic(): Promise<Buffer> {
  const file = await heic({ width: 32, height: 32 })
  // Behind their NAL unit's header, in what tells profile and constraints.
  const at = file.indexOf(Buffer.of(0x42, 0x01, 0x01)) + 9
  return file.fill(0x70, at, at + 5)
}

/** Has every `ispe` (ISO/IEC 23008-12 §6.5.3) name this size. */
function claimExtent(file: Buffer, { width, height }: { width: number; height: number }): Buffer {
  const copy = Buffer.from(file)
  for (let at = copy.indexOf('ispe'); at !== -1; at = copy.indexOf('ispe', at + 1)) {
    copy.writeUInt32BE(width, at + 8)
    copy.writeUInt32BE(height, at + 12)
  }
  return copy
}

/** A WebP put on a canvas (RFC 9649 §2.7) of another size than its own. */
export function lyingWebp(webp: Buffer, { width, height }: { width: number; height: number }): Buffer {
  const extended = Buffer.alloc(18)
  extended.write('VP8X', 'latin1')
  extended.writeUInt32LE(10, 4)
  extended.writeUIntLE(width - 1, 12, 3)
  extended.writeUIntLE(height - 1, 15, 3)
  const file = Buffer.concat([webp.subarray(0, 12), extended, webp.subarray(12)])
  file.writeUInt32LE(file.length - 8, 4)
  return file
}

/** A JPEG whose frame header (ITU-T T.81 §B.2.2) names another size. */
export function lyingJpeg(jpeg: Buffer, { width, height }: { width: number; height: number }): Buffer {
  const copy = Buffer.from(jpeg)
  for (let at = 2; at < copy.length; at += 2 + copy.readUInt16BE(at + 2)) {
    if (copy.readUInt8(at + 1) < 0xc0 || copy.readUInt8(at + 1) > 0xc2) continue
    copy.writeUInt16BE(height, at + 5)
    copy.writeUInt16BE(width, at + 7)
    return copy
  }
  throw new Error('the JPEG has no frame header')
}
