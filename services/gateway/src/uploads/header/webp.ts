import { type Cursor, createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { exifOrientation, orientationField } from './orientation.ts'
import type { PictureClaim } from './picture-claim.ts'

/** Bounds the walk to a still's pixels and to the Exif chunk behind the last frame of an animation. */
const MAX_CHUNKS = 1024

const FLAG_EXIF = 0x08
const FLAG_ANIMATION = 0x02

interface Size {
  width: number
  height: number
}

interface Chunk extends Region {
  type: string
}

/**
 * Reads the size of a WebP: of its VP8 or VP8L picture in the simple layouts,
 * of its canvas in the extended one (RFC 9649 §2.4–§2.7). There the picture is
 * looked at too, because decoders allocate by it: a still whose picture has
 * another size than the canvas, or a first frame that leaves it, is damage.
 */
export async function readWebpHeader(reader: HeaderReader): Promise<PictureClaim> {
  const riffBytes = (await reader.at(4, 4)).readUInt32LE(0)
  if (8 + riffBytes > reader.bytes) throw new DamagedHeader('The file ends before the WebP in it does.')
  const cursor = createCursor(reader, { start: 12, end: 8 + riffBytes })
  const first = await nextChunk(cursor)
  if (first.type === 'VP8 ' || first.type === 'VP8L') return pictureSize(reader, first)
  if (first.type !== 'VP8X') throw new DamagedHeader('The WebP begins with none of its first chunks.')
  return extendedClaim(reader, first, cursor)
}

async function extendedClaim(reader: HeaderReader, vp8x: Chunk, cursor: Cursor): Promise<PictureClaim> {
  const fields = await createCursor(reader, vp8x).take(10)
  const flags = fields.readUInt8(0)
  const canvas = { width: fields.readUIntLE(4, 3) + 1, height: fields.readUIntLE(7, 3) + 1 }
  if (canvas.width * canvas.height > 0xffffffff) throw new DamagedHeader('The WebP names an impossible size.')

  let pictureSeen = false
  let orientation: number | undefined
  for (let chunks = 0; chunks < MAX_CHUNKS && (!pictureSeen || cursor.remaining >= 8); chunks++) {
    const chunk = await nextChunk(cursor)
    if (chunk.type === 'EXIF') orientation ??= await exifOrientation(reader, chunk)
    if (!pictureSeen) pictureSeen = await checkPicture(reader, chunk, { canvas, flags })
    if (pictureSeen && (orientation !== undefined || !(flags & FLAG_EXIF))) break
  }
  if (!pictureSeen) throw new DamagedHeader('The WebP has no picture.')
  return { ...canvas, ...orientationField(orientation) }
}

/** Whether a chunk is the still's picture or a frame of the animation; throws where it does not fit the canvas. */
async function checkPicture(
  reader: HeaderReader,
  chunk: Chunk,
  { canvas, flags }: { canvas: Size; flags: number },
): Promise<boolean> {
  if (flags & FLAG_ANIMATION) {
    if (chunk.type !== 'ANMF') return false
    await checkFrame(reader, chunk, canvas)
    return true
  }
  if (chunk.type !== 'VP8 ' && chunk.type !== 'VP8L') return false
  const size = await pictureSize(reader, chunk)
  if (size.width !== canvas.width || size.height !== canvas.height) {
    throw new DamagedHeader('The canvas of the WebP has another size than its picture.')
  }
  return true
}

/** The next chunk's payload. The padding byte after an odd length may be missing at the very end. */
async function nextChunk(cursor: Cursor): Promise<Chunk> {
  const lead = await cursor.take(8)
  const length = lead.readUInt32LE(4)
  const type = lead.toString('latin1', 0, 4)
  const region = cursor.skip(length)
  if (length % 2 === 1 && cursor.remaining > 0) cursor.skip(1)
  return { type, ...region }
}

/** The size in a VP8 key frame's header (RFC 6386 §9.1) or a VP8L one's (RFC 9649 §3.4). */
async function pictureSize(reader: HeaderReader, chunk: Chunk): Promise<Size> {
  const cursor = createCursor(reader, chunk)
  if (chunk.type === 'VP8L') {
    const header = await cursor.take(5)
    const bits = header.readUInt32LE(1)
    if (header.readUInt8(0) !== 0x2f || bits >>> 29 !== 0) {
      throw new DamagedHeader('The lossless picture of the WebP does not start as one.')
    }
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  const header = await cursor.take(10)
  const tag = header.readUIntLE(0, 3)
  const isKeyFrame = (tag & 1) === 0
  const isShown = ((tag >> 4) & 1) === 1
  if (!isKeyFrame || !isShown || ((tag >> 1) & 7) > 3 || header.readUIntBE(3, 3) !== 0x9d012a) {
    throw new DamagedHeader('The lossy picture of the WebP does not start as one.')
  }
  const size = { width: header.readUInt16LE(6) & 0x3fff, height: header.readUInt16LE(8) & 0x3fff }
  if (size.width === 0 || size.height === 0) throw new DamagedHeader('The WebP names a size of zero.')
  return size
}

/** A frame of an animation (RFC 9649 §2.7.1.1): its offset is stored halved, its size less one. */
async function checkFrame(reader: HeaderReader, chunk: Chunk, canvas: Size): Promise<void> {
  const fields = await createCursor(reader, chunk).take(16)
  const right = 2 * fields.readUIntLE(0, 3) + fields.readUIntLE(6, 3) + 1
  const bottom = 2 * fields.readUIntLE(3, 3) + fields.readUIntLE(9, 3) + 1
  if (right > canvas.width || bottom > canvas.height) {
    throw new DamagedHeader('A frame of the WebP leaves its canvas.')
  }
}
