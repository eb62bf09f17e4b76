import { crc32 } from 'node:zlib'
import { createCursor } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { exifOrientation, orientationField } from './orientation.ts'
import type { PictureClaim } from './picture-claim.ts'

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const MAX_LENGTH = 0x7fffffff

/** As many as libpng keeps of the unknown ones; ancillary chunks before the pixels are a dozen in practice. */
const MAX_CHUNKS = 1000

/** The bit depths that each colour type allows (PNG 3rd ed. §11.2.1, table 12). */
const DEPTHS = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])

/**
 * Reads a PNG's IHDR and checks everything it says and its CRC (PNG 3rd ed.
 * §5.2, §5.3, §11.2.1; RFC 2083 §4.1.1), then passes the chunks up to the first
 * IDAT, without which there is no picture. Orientation comes from an eXIf chunk
 * (§11.3.4.5) before the pixels, where the specification asks for it to be.
 */
export async function readPngHeader(reader: HeaderReader): Promise<PictureClaim> {
  const cursor = createCursor(reader, { start: 0, end: reader.bytes })
  if (!SIGNATURE.equals(await cursor.take(SIGNATURE.length))) {
    throw new DamagedHeader('The PNG signature was altered, as by a transfer in text mode.')
  }
  const lead = await cursor.take(8)
  if (lead.readUInt32BE(0) !== 13 || lead.toString('latin1', 4) !== 'IHDR') {
    throw new DamagedHeader('The PNG does not begin with an IHDR chunk of 13 bytes.')
  }
  const size = imageHeader(await reader.at(cursor.skip(17).start - 4, 21))

  let orientation: number | undefined
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const chunk = await cursor.take(8)
    const length = chunk.readUInt32BE(0)
    const type = chunk.toString('latin1', 4)
    if (type === 'IDAT') return { ...size, ...orientationField(orientation) }
    if (type === 'IEND') throw new DamagedHeader('The PNG has no pixels.')
    if (length > MAX_LENGTH) throw new DamagedHeader('A chunk of the PNG is longer than one may be.')
    const data = cursor.skip(length)
    cursor.skip(4)
    if (type === 'eXIf' && orientation === undefined) orientation = await exifOrientation(reader, data)
  }
  throw new DamagedHeader('The PNG has more chunks before its pixels than any has.')
}

/** Checks the 21 bytes of type, data and CRC of an IHDR chunk. */
function imageHeader(chunk: Buffer): { width: number; height: number } {
  if (crc32(chunk.subarray(0, 17)) !== chunk.readUInt32BE(17)) {
    throw new DamagedHeader('The checksum of the PNG header is wrong.')
  }
  const width = chunk.readUInt32BE(4)
  const height = chunk.readUInt32BE(8)
  if (width === 0 || height === 0) throw new DamagedHeader('The PNG names a size of zero.')
  if (width > MAX_LENGTH || height > MAX_LENGTH) throw new DamagedHeader('The PNG names an impossible size.')
  const depthFits = DEPTHS.get(chunk.readUInt8(13))?.includes(chunk.readUInt8(12)) ?? false
  const compression = chunk.readUInt8(14)
  const filter = chunk.readUInt8(15)
  const interlace = chunk.readUInt8(16)
  if (!depthFits || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new DamagedHeader('The PNG names a colour type, depth or method that does not exist.')
  }
  return { width, height }
}
