import { type Cursor, createCursor } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import type { PictureClaim } from './picture-claim.ts'

const EXTENSION = 0x21
const IMAGE_DESCRIPTOR = 0x2c
const TRAILER = 0x3b

/**
 * Reads a GIF's logical screen and its first frame's place (GIF89a §18, §20).
 * The canvas is the screen, grown where the frame reaches beyond it: decoders
 * draw such a frame whole, and take its extent where the screen is zero.
 */
export async function readGifHeader(reader: HeaderReader): Promise<PictureClaim> {
  const cursor = createCursor(reader, { start: 6, end: reader.bytes })
  const screen = await cursor.take(7)
  cursor.skip(colourTableBytes(screen.readUInt8(4)))
  const frame = await firstFrame(cursor)
  return {
    width: Math.max(screen.readUInt16LE(0), frame.right),
    height: Math.max(screen.readUInt16LE(2), frame.bottom),
  }
}

/** The lower right corner of the first frame, past any extensions. */
async function firstFrame(cursor: Cursor): Promise<{ right: number; bottom: number }> {
  for (;;) {
    const introducer = (await cursor.take(1)).readUInt8(0)
    if (introducer === EXTENSION) {
      cursor.skip(1)
      await skipSubBlocks(cursor)
      continue
    }
    if (introducer === TRAILER) throw new DamagedHeader('The GIF has no frame.')
    if (introducer !== IMAGE_DESCRIPTOR) throw new DamagedHeader('The GIF has a block of an unknown kind.')
    const descriptor = await cursor.take(9)
    const width = descriptor.readUInt16LE(4)
    const height = descriptor.readUInt16LE(6)
    if (width === 0 || height === 0) throw new DamagedHeader('The first frame of the GIF has a size of zero.')
    return { right: descriptor.readUInt16LE(0) + width, bottom: descriptor.readUInt16LE(2) + height }
  }
}

/** Data sub-blocks (GIF89a §15): a length byte and that many bytes, ended by a length of zero. */
async function skipSubBlocks(cursor: Cursor): Promise<void> {
  for (;;) {
    const length = (await cursor.take(1)).readUInt8(0)
    if (length === 0) return
    cursor.skip(length)
  }
}

/** The length of the global colour table that the packed field announces. */
function colourTableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0
}
