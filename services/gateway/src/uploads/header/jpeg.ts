import { type Cursor, createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { exifOrientation, orientationField, startsWithExif } from './orientation.ts'
import type { PictureClaim } from './picture-claim.ts'

/** Far above what profiles, previews and extended XMP need together (65,533 bytes a segment). */
const MAX_SEGMENTS = 4096

const MARKER = { TEM: 0x01, RST0: 0xd0, RST7: 0xd7, SOI: 0xd8, EOI: 0xd9, SOS: 0xda, APP1: 0xe1 }

/** DHT, JPG and DAC, which sit among the numbers of the frame headers SOF0–SOF15. */
const NO_FRAME_HEADER = new Set([0xc4, 0xc8, 0xcc])

/**
 * Walks a JPEG's segments, by seeking, to its first frame header (ITU-T T.81
 * §B.1.1, §B.2.2). A height of zero, to be given later by a DNL segment, is
 * damage: no common decoder takes it, and it would hide the size from limits.
 */
export async function readJpegHeader(reader: HeaderReader): Promise<PictureClaim> {
  const cursor = createCursor(reader, { start: 2, end: reader.bytes })
  let orientation: number | undefined
  for (let segments = 0; segments < MAX_SEGMENTS; segments++) {
    const marker = await nextMarker(cursor)
    if (marker === MARKER.TEM || (marker >= MARKER.RST0 && marker <= MARKER.RST7)) continue
    if (marker === MARKER.SOI) throw new DamagedHeader('The JPEG starts a second time inside its header.')
    if (marker === MARKER.EOI || marker === MARKER.SOS) {
      throw new DamagedHeader('The JPEG has no frame header before its pixels.')
    }
    const length = (await cursor.take(2)).readUInt16BE(0)
    if (length < 2) throw new DamagedHeader('A segment of the JPEG is shorter than its own length field.')
    const payload = cursor.skip(length - 2)
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME_HEADER.has(marker)) {
      return { ...(await readFrameHeader(reader, payload)), ...orientationField(orientation) }
    }
    // Of several Exif segments decoders take the first.
    if (marker === MARKER.APP1 && orientation === undefined && (await startsWithExif(reader, payload))) {
      orientation = await exifOrientation(reader, payload)
    }
  }
  throw new DamagedHeader('The JPEG has more segments before its frame header than any has.')
}

/**
 * The next marker's second byte. Fill bytes (0xFF, T.81 §B.1.1.2) are passed
 * over, and so is any rubbish between segments, as libjpeg does: what it reads
 * must be read here the same way, or a limit would be checked on another size.
 */
async function nextMarker(cursor: Cursor): Promise<number> {
  for (;;) {
    while ((await takeByte(cursor)) !== 0xff);
    let byte = 0xff
    while (byte === 0xff) byte = await takeByte(cursor)
    if (byte !== 0) return byte
  }
}

async function takeByte(cursor: Cursor): Promise<number> {
  return (await cursor.take(1)).readUInt8(0)
}

/** A frame header (T.81 §B.2.2): precision, height, width, then three bytes for each component. */
async function readFrameHeader(reader: HeaderReader, payload: Region): Promise<PictureClaim> {
  const cursor = createCursor(reader, payload)
  const fixed = await cursor.take(6)
  const height = fixed.readUInt16BE(1)
  const width = fixed.readUInt16BE(3)
  const components = fixed.readUInt8(5)
  if (components === 0 || cursor.remaining !== 3 * components) {
    throw new DamagedHeader('The frame header of the JPEG does not have the length its components need.')
  }
  if (width === 0 || height === 0) throw new DamagedHeader('The JPEG names a size of zero.')
  return { width, height }
}
