import { type Cursor, createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { type Box, boxesOf, fullBox } from './isobmff-boxes.ts'

/** Item types whose own data names the canvas that a decoder lays tiles or layers on. */
const COMPOSED = new Set(['grid', 'iovl'])

/** A picture has one grid, perhaps one for its transparency, its depth and its gain map. */
const MAX_COMPOSED_ITEMS = 64

/** The longest description needed: an overlay's up to its 32-bit canvas size. */
const DESCRIPTION_BYTES = 18

/** Item types by item id, from an iinf box (ISO/IEC 14496-12 §8.11.6). */
export async function readItemTypes(reader: HeaderReader, iinf: Box): Promise<Map<number, string>> {
  const { version, body } = await fullBox(reader, iinf)
  const entries = { start: body.start + (version === 0 ? 2 : 4), end: body.end }
  const types = new Map<number, string>()
  for await (const box of boxesOf(reader, entries)) {
    if (box.type !== 'infe') continue
    const entry = await fullBox(reader, box)
    if (entry.version < 2) continue
    const idBytes = entry.version === 2 ? 2 : 4
    const fields = await createCursor(reader, entry.body).take(idBytes + 6)
    types.set(fields.readUIntBE(0, idBytes), fields.toString('latin1', idBytes + 2))
  }
  return types
}

/**
 * The largest canvas, in pixels, that a grid (ISO/IEC 23008-12 §6.6.2.3) or an
 * overlay (§6.6.2.2) among the items describes. Its description is data like a
 * picture's, so it can name a size that no property shows, and decoders
 * allocate by it. Throws DamagedHeader where a description cannot be found.
 */
export async function largestComposedCanvas(
  reader: HeaderReader,
  types: ReadonlyMap<number, string>,
  boxes: { iloc: Box | undefined; idat: Box | undefined },
): Promise<number> {
  const composed = new Map([...types].filter(([, type]) => COMPOSED.has(type)))
  if (composed.size === 0) return 0
  if (composed.size > MAX_COMPOSED_ITEMS)
    throw new DamagedHeader('The file has more composed pictures than any has.')
  if (boxes.iloc === undefined) throw new DamagedHeader('The file does not say where its items are.')
  const locations = await readLocations(reader, boxes.iloc, composed)
  let largest = 0
  for (const [id, type] of composed) {
    const location = locations.get(id)
    if (location === undefined)
      throw new DamagedHeader('The file does not say where its tiles are described.')
    const description = await readDescription(reader, location, boxes.idat)
    largest = Math.max(largest, canvasPixels(type, description))
  }
  return largest
}

interface Location {
  construction: number
  extents: { offset: number; length: number }[]
}

/** Where the wanted items' data are, from an iloc box (ISO/IEC 14496-12 §8.11.3). */
async function readLocations(
  reader: HeaderReader,
  iloc: Box,
  wanted: ReadonlyMap<number, unknown>,
): Promise<Map<number, Location>> {
  const { version, body } = await fullBox(reader, iloc)
  const cursor = createCursor(reader, body)
  const sizes = (await cursor.take(2)).readUInt16BE(0)
  const offsetBytes = sizes >> 12
  const lengthBytes = (sizes >> 8) & 15
  const baseBytes = (sizes >> 4) & 15
  const indexBytes = version === 0 ? 0 : sizes & 15
  const wideIds = version >= 2
  const items = await integer(cursor, wideIds ? 4 : 2)
  const locations = new Map<number, Location>()
  for (let item = 0; item < items; item++) {
    const id = await integer(cursor, wideIds ? 4 : 2)
    const construction = version === 0 ? 0 : (await integer(cursor, 2)) & 15
    cursor.skip(2)
    const base = await integer(cursor, baseBytes)
    const extentCount = await integer(cursor, 2)
    if (!wanted.has(id)) {
      cursor.skip(extentCount * (indexBytes + offsetBytes + lengthBytes))
      continue
    }
    if (locations.has(id)) throw new DamagedHeader('The file says twice where one item is.')
    const extents: Location['extents'] = []
    for (let extent = 0; extent < extentCount; extent++) {
      cursor.skip(indexBytes)
      const offset = base + (await integer(cursor, offsetBytes))
      extents.push({ offset, length: await integer(cursor, lengthBytes) })
    }
    locations.set(id, { construction, extents })
  }
  return locations
}

/** The first bytes of an item, gathered from its extents: in the file (construction 0) or in idat (1). */
async function readDescription(
  reader: HeaderReader,
  location: Location,
  idat: Box | undefined,
): Promise<Buffer> {
  const holder: Region | undefined = location.construction === 0 ? { start: 0, end: reader.bytes } : idat
  if (holder === undefined || location.construction > 1) {
    throw new DamagedHeader('The description of the tiles is not where a decoder looks for it.')
  }
  const parts: Buffer[] = []
  let missing = DESCRIPTION_BYTES
  for (const { offset, length } of location.extents) {
    if (missing === 0) break
    const cursor = createCursor(reader, holder)
    cursor.skip(offset)
    // A length of 0 means all there is (ISO/IEC 14496-12 §8.11.3.3).
    const part = await cursor.take(Math.min(length === 0 ? cursor.remaining : length, missing))
    parts.push(part)
    missing -= part.length
  }
  return Buffer.concat(parts)
}

function canvasPixels(type: string, description: Buffer): number {
  const flags = description.length > 1 ? description.readUInt8(1) : 0
  const fieldBytes = flags & 1 ? 4 : 2
  // A grid has its rows and columns before the canvas, an overlay its fill colour of four times 16 bits.
  const offset = type === 'grid' ? 4 : 10
  if (description.length < offset + 2 * fieldBytes)
    throw new DamagedHeader('The description of the tiles is cut short.')
  return description.readUIntBE(offset, fieldBytes) * description.readUIntBE(offset + fieldBytes, fieldBytes)
}

/** An unsigned integer of 0, 2, 4 or 8 bytes; of 0 bytes it is zero, as iloc has it. */
async function integer(cursor: Cursor, bytes: number): Promise<number> {
  if (bytes === 0) return 0
  const field = await cursor.take(bytes)
  if (bytes === 8) return Number(field.readBigUInt64BE())
  if (bytes === 2 || bytes === 4) return field.readUIntBE(0, bytes)
  throw new DamagedHeader('The file names a field size that does not exist.')
}
