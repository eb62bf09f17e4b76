import { createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'

/** No writer comes near this; a count above it is taken for a stray offset. */
const MAX_ENTRIES = 4096

/** The widths in bytes of the unsigned integer types of TIFF 6.0 §2 and BigTIFF: SHORT, LONG, LONG8. */
const INTEGER_BYTES = new Map([
  [3, 2],
  [4, 4],
  [16, 8],
])

interface Layout {
  littleEndian: boolean
  big: boolean
}

/**
 * Reads the wanted tags of the first directory (IFD0) of a TIFF structure that
 * fills `region`: classic (TIFF 6.0 §2) or BigTIFF, either byte order. Only
 * single unsigned integers are read; a wanted tag of any other type or count,
 * or one that comes twice, is damage, as is a directory outside the region.
 * Values over 2^53 are returned rounded.
 */
export async function readFirstDirectory(
  reader: HeaderReader,
  region: Region,
  wanted: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const start = createCursor(reader, region)
  const layout = layoutOf(await start.take(4))
  if (layout.big) {
    const sizes = await start.take(4)
    if (unsigned(sizes.subarray(0, 2), layout) !== 8 || unsigned(sizes.subarray(2), layout) !== 0) {
      throw new DamagedHeader('The BigTIFF header names offsets of another size than 8 bytes.')
    }
  }
  const offset = unsigned(await start.take(layout.big ? 8 : 4), layout)
  if (offset < start.position - region.start || offset > region.end - region.start) {
    throw new DamagedHeader('The first directory of the TIFF lies outside the file.')
  }

  const directory = createCursor(reader, { start: region.start + offset, end: region.end })
  const entries = unsigned(await directory.take(layout.big ? 8 : 2), layout)
  if (entries === 0 || entries > MAX_ENTRIES) {
    throw new DamagedHeader(`The first directory of the TIFF claims ${entries} entries.`)
  }
  const values = new Map<number, number>()
  for (let index = 0; index < entries; index++) {
    const entry = await directory.take(layout.big ? 20 : 12)
    const tag = unsigned(entry.subarray(0, 2), layout)
    if (!wanted.has(tag)) continue
    if (values.has(tag)) throw new DamagedHeader(`Tag ${tag} of the TIFF comes twice.`)
    values.set(tag, integerOf(entry, tag, layout))
  }
  return values
}

function layoutOf(mark: Buffer): Layout {
  const order = mark.toString('latin1', 0, 2)
  const littleEndian = order === 'II'
  const version = littleEndian ? mark.readUInt16LE(2) : mark.readUInt16BE(2)
  if ((order !== 'II' && order !== 'MM') || (version !== 42 && version !== 43)) {
    throw new DamagedHeader('The TIFF does not start as one.')
  }
  return { littleEndian, big: version === 43 }
}

/** The value of an entry that holds one integer: small ones sit at the start of the value field itself. */
function integerOf(entry: Buffer, tag: number, layout: Layout): number {
  const valueOffset = layout.big ? 12 : 8
  const width = INTEGER_BYTES.get(unsigned(entry.subarray(2, 4), layout))
  const count = unsigned(entry.subarray(4, valueOffset), layout)
  if (width === undefined || valueOffset + width > entry.length || count !== 1) {
    throw new DamagedHeader(`Tag ${tag} of the TIFF is not one whole number.`)
  }
  return unsigned(entry.subarray(valueOffset, valueOffset + width), layout)
}

function unsigned(field: Buffer, { littleEndian }: Layout): number {
  if (field.length === 2) return littleEndian ? field.readUInt16LE() : field.readUInt16BE()
  if (field.length === 4) return littleEndian ? field.readUInt32LE() : field.readUInt32BE()
  return Number(littleEndian ? field.readBigUInt64LE() : field.readBigUInt64BE())
}
