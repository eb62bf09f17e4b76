import { createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'

/** Boxes side by side in one container; a property list of a many-tiled picture stays far below. */
const MAX_BOXES = 8192

/** A box's type and its payload, which for a full box begins with version and flags. */
export interface Box extends Region {
  type: string
}

/**
 * The boxes of a region, one after the other, by seeking (ISO/IEC 14496-12
 * §4.2). A size of 0 reaches to the region's end, a size of 1 is followed by a
 * 64-bit one. Each box moves on by at least its own 8 bytes, so the walk ends.
 * Nothing is read of a box but its lead, and none is entered: depth is the caller's.
 * Throws DamagedHeader for a box that is shorter than its lead or leaves the region.
 */
export async function* boxesOf(reader: HeaderReader, region: Region): AsyncGenerator<Box> {
  const cursor = createCursor(reader, region)
  for (let boxes = 0; cursor.remaining > 0; boxes++) {
    if (boxes === MAX_BOXES) throw new DamagedHeader('The file has more boxes side by side than any has.')
    const lead = await cursor.take(8)
    const type = lead.toString('latin1', 4)
    const size = lead.readUInt32BE(0)
    let payloadBytes = size - 8
    if (size === 0) payloadBytes = cursor.remaining
    if (size === 1) payloadBytes = Number((await cursor.take(8)).readBigUInt64BE()) - 16
    if (payloadBytes < 0) throw new DamagedHeader('A box of the file is shorter than its own lead.')
    yield { type, ...cursor.skip(payloadBytes) }
  }
}

/** The boxes of the wanted types, each of which may come once. Throws DamagedHeader where one comes twice. */
export async function singleBoxes(
  reader: HeaderReader,
  region: Region,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Box>> {
  const found = new Map<string, Box>()
  for await (const box of boxesOf(reader, region)) {
    if (!wanted.has(box.type)) continue
    if (found.has(box.type)) throw new DamagedHeader(`The file has two ${box.type} boxes where one belongs.`)
    found.set(box.type, box)
  }
  return found
}

/** A box that must be there. */
export function required(boxes: ReadonlyMap<string, Box>, type: string): Box {
  const box = boxes.get(type)
  if (box === undefined) throw new DamagedHeader(`The file has no ${type} box.`)
  return box
}

/** Splits a full box's version and flags (ISO/IEC 14496-12 §4.2) from what follows them. */
export async function fullBox(
  reader: HeaderReader,
  box: Box,
): Promise<{ version: number; flags: number; body: Region }> {
  const lead = await createCursor(reader, box).take(4)
  return {
    version: lead.readUInt8(0),
    flags: lead.readUIntBE(1, 3),
    body: { start: box.start + 4, end: box.end },
  }
}
