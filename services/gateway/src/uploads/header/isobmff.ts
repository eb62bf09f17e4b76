import { createCursor, type Region } from './cursor.ts'
import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'
import { largestComposedCanvas, readItemTypes } from './heif-items.ts'
import { orientationOf } from './heif-orientation.ts'
import { type Property, propertiesAt, readAssociations, readProperties } from './heif-properties.ts'
import { type Box, boxesOf, fullBox, required, singleBoxes } from './isobmff-boxes.ts'
import { orientationField } from './orientation.ts'
import type { PictureClaim } from './picture-claim.ts'

const META_CHILDREN = new Set(['pitm', 'iinf', 'iloc', 'iprp', 'idat'])

/**
 * Reads the size of the primary picture of an AVIF or HEIC file: meta → pitm
 * names the item, iprp's ipma its properties in ipco, ispe among them its size
 * (ISO/IEC 14496-12 §8.11, ISO/IEC 23008-12 §6.5, §9.3); a clap crops it. For a
 * grid that is the whole canvas. `claimedPixels` is the largest area that any
 * ispe, grid or overlay in the file names, thumbnails and tiles included, since
 * a decoder may come to allocate any of them. Exif is not asked: HEIF has its
 * own properties for orientation, and they win.
 */
export async function readHeifHeader(reader: HeaderReader): Promise<PictureClaim> {
  const meta = await fullBox(reader, await findMeta(reader))
  const boxes = await singleBoxes(reader, meta.body, META_CHILDREN)
  const primaryId = await readPrimaryId(reader, required(boxes, 'pitm'))
  const types = await readItemTypes(reader, required(boxes, 'iinf'))
  if (!types.has(primaryId))
    throw new DamagedHeader('The primary picture is not among the items of the file.')

  const { all, ofPrimary } = await readPropertiesOf(reader, required(boxes, 'iprp'), primaryId)
  const canvases = all.map((property) => (property.kind === 'extent' ? property.width * property.height : 0))
  const composed = await largestComposedCanvas(reader, types, {
    iloc: boxes.get('iloc'),
    idat: boxes.get('idat'),
  })
  return {
    ...sizeOf(ofPrimary),
    claimedPixels: canvases.reduce((largest, pixels) => Math.max(largest, pixels), composed),
    ...orientationField(orientationOf(ofPrimary)),
  }
}

/**
 * The file's one meta box. Once it is found, what comes behind may be cut short
 * (that is the pixels' matter) but must not be a second meta box: decoders
 * differ in which one they take.
 */
async function findMeta(reader: HeaderReader): Promise<Box> {
  let meta: Box | undefined
  let second = false
  try {
    for await (const box of boxesOf(reader, { start: 0, end: reader.bytes })) {
      second ||= box.type === 'meta' && meta !== undefined
      if (box.type === 'meta') meta ??= box
    }
  } catch (error) {
    if (!(error instanceof DamagedHeader) || meta === undefined) throw error
  }
  if (second) throw new DamagedHeader('The file has two meta boxes where one belongs.')
  if (meta === undefined) throw new DamagedHeader('The file has no meta box, hence no still picture.')
  return meta
}

async function readPrimaryId(reader: HeaderReader, pitm: Box): Promise<number> {
  const { version, body } = await fullBox(reader, pitm)
  const idBytes = version === 0 ? 2 : 4
  return (await createCursor(reader, body).take(idBytes)).readUIntBE(0, idBytes)
}

/** All properties in the file, and those of one item in the order in which they apply. */
async function readPropertiesOf(
  reader: HeaderReader,
  iprp: Region,
  itemId: number,
): Promise<{ all: Property[]; ofPrimary: Property[] }> {
  const all = await readProperties(
    reader,
    required(await singleBoxes(reader, iprp, new Set(['ipco'])), 'ipco'),
  )
  const indices: number[] = []
  for await (const box of boxesOf(reader, iprp)) {
    if (box.type === 'ipma') indices.push(...(await readAssociations(reader, box, itemId)))
  }
  return { all, ofPrimary: propertiesAt(all, indices) }
}

function sizeOf(properties: readonly Property[]): { width: number; height: number } {
  const extent = properties.find((property) => property.kind === 'extent')
  if (extent === undefined) throw new DamagedHeader('The primary picture names no size.')
  if (extent.width === 0 || extent.height === 0) {
    throw new DamagedHeader('The primary picture names a size of zero.')
  }
  const { width, height } = extent
  const crop = properties.find((property) => property.kind === 'crop')
  if (crop === undefined) return { width, height }
  // Written so that a crop divided by zero, which is no number, fails too.
  if (!(crop.width >= 1 && crop.width <= width && crop.height >= 1 && crop.height <= height)) {
    throw new DamagedHeader('The primary picture is cropped to more than there is of it.')
  }
  return { width: crop.width, height: crop.height }
}
