import { createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { type Box, boxesOf, fullBox } from './isobmff-boxes.ts'

/** The item properties that say how large a picture is and which way up. */
export type Property =
  | { kind: 'extent'; width: number; height: number }
  | { kind: 'crop'; width: number; height: number }
  | { kind: 'rotation'; quarterTurns: number }
  | { kind: 'mirror'; axis: number }
  | { kind: 'other' }

/**
 * The properties of an ipco box in their order, by which ipma names them:
 * ispe, irot, imir (ISO/IEC 23008-12 §6.5.3, §6.5.10, §6.5.12) and clap
 * (ISO/IEC 14496-12 §12.1.4.3).
 */
export async function readProperties(reader: HeaderReader, ipco: Region): Promise<Property[]> {
  const properties: Property[] = []
  for await (const box of boxesOf(reader, ipco)) properties.push(await readProperty(reader, box))
  return properties
}

async function readProperty(reader: HeaderReader, box: Box): Promise<Property> {
  const cursor = createCursor(reader, box)
  switch (box.type) {
    case 'ispe': {
      const fields = await cursor.take(12)
      return { kind: 'extent', width: fields.readUInt32BE(4), height: fields.readUInt32BE(8) }
    }
    case 'clap': {
      const fields = await cursor.take(16)
      const width = Math.round(fields.readUInt32BE(0) / fields.readUInt32BE(4))
      const height = Math.round(fields.readUInt32BE(8) / fields.readUInt32BE(12))
      return { kind: 'crop', width, height }
    }
    case 'irot':
      return { kind: 'rotation', quarterTurns: (await cursor.take(1)).readUInt8(0) & 3 }
    case 'imir':
      return { kind: 'mirror', axis: (await cursor.take(1)).readUInt8(0) & 1 }
    default:
      return { kind: 'other' }
  }
}

/**
 * Which properties an ipma box gives to an item, as 1-based indices into ipco
 * in the order in which they apply (ISO/IEC 23008-12 §9.3.1).
 */
export async function readAssociations(reader: HeaderReader, ipma: Box, itemId: number): Promise<number[]> {
  const { version, flags, body } = await fullBox(reader, ipma)
  const cursor = createCursor(reader, body)
  const idBytes = version === 0 ? 2 : 4
  const indexBytes = flags & 1 ? 2 : 1
  const items = (await cursor.take(4)).readUInt32BE(0)
  const indices: number[] = []
  for (let item = 0; item < items; item++) {
    const lead = await cursor.take(idBytes + 1)
    const fields = await cursor.take(lead.readUInt8(idBytes) * indexBytes)
    if (lead.readUIntBE(0, idBytes) !== itemId) continue
    for (let offset = 0; offset < fields.length; offset += indexBytes) {
      // The top bit only says whether the property is essential.
      indices.push(fields.readUIntBE(offset, indexBytes) & (indexBytes === 2 ? 0x7fff : 0x7f))
    }
  }
  return indices
}

/** Turns indices into properties. Index 0 stands for none; one past the list is damage. */
export function propertiesAt(properties: readonly Property[], indices: readonly number[]): Property[] {
  return indices
    .filter((index) => index > 0)
    .map((index) => {
      const property = properties[index - 1]
      if (property === undefined)
        throw new DamagedHeader('The picture refers to a property that is not there.')
      return property
    })
}
