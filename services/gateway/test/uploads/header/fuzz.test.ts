import { mutate, seededRandom } from '@tintype/testkit'
import t from 'tap'
import { DEFAULT_LIMITS } from '../../../src/uploads/header/header-reader.ts'
import { type ImageHeader, readImageHeader } from '../../../src/uploads/header/index.ts'
import * as make from './fixtures.ts'
import { gridDescription, heif, imir, irot, ispe } from './heif-fixtures.ts'
import { type WatchedSource, watch } from './watched-source.ts'

const SEED = 0x7117
const MUTANTS_PER_SPECIMEN = 800

const size = [
  { tag: 256, value: 300 },
  { tag: 257, value: 200 },
]
const grid = {
  properties: [ispe(300, 200), ispe(150, 100), irot(1), imir(0)],
  items: [
    { id: 1, type: 'grid', properties: [1, 3, 4], data: [gridDescription(300, 200)] },
    { id: 2, type: 'av01', properties: [2] },
  ],
}
const SPECIMENS: Record<string, Buffer> = {
  jpeg: make.jpeg(300, 200, { before: [make.exifSegment(6), make.segment(0xe2, Buffer.alloc(40))] }),
  png: make.png(300, 200, [8, 6, 0, 0, 0], [make.chunk('eXIf', make.exif(6))]),
  'webp, lossy': make.webp(make.vp8(300, 200)),
  'webp, extended': make.webp(
    make.vp8x(300, 200, 8),
    make.vp8l(300, 200),
    make.riffChunk('EXIF', make.exif(6)),
  ),
  'webp, animated': make.webp(make.vp8x(300, 200, 2), make.anmf({ x: 2, y: 4, width: 30, height: 20 })),
  gif: make.gif(300, 200, { before: [make.extension(0xfe, Buffer.from('a comment'))] }),
  tiff: make.tiff(size),
  bigtiff: make.tiff(size, { big: true, littleEndian: false }),
  avif: heif(grid),
  'heic, wide': heif({ ...grid, brands: ['heic'], wide: true, dataInFile: true }),
}

/** How a mutant ended, and what is wrong with how it was read, if anything. */
async function read(mutant: Buffer): Promise<{ kind: string; fault: string | undefined }> {
  const source = watch(mutant)
  try {
    const outcome = await readImageHeader(source)
    const implausible = outcome.outcome === 'image' ? headerFault(outcome.header) : undefined
    return { kind: outcome.outcome, fault: readingFault(source) ?? implausible }
  } catch (error) {
    return { kind: 'thrown', fault: String(error) }
  }
}

function readingFault(source: WatchedSource): string | undefined {
  if (source.violations.length > 0) return source.violations.join('; ')
  if (source.reads > DEFAULT_LIMITS.maxReads) return `${source.reads} reads`
  if (source.totalBytes > DEFAULT_LIMITS.maxTotalBytes) return `${source.totalBytes} bytes`
  return undefined
}

function headerFault(header: ImageHeader): string | undefined {
  const { width, height, orientation = 1, claimedPixels } = header
  const sides = [width, height].every((side) => Number.isInteger(side) && side >= 1 && side <= 0xffffffff)
  const upright = Number.isInteger(orientation) && orientation >= 1 && orientation <= 8
  const claim = Number.isFinite(claimedPixels) && claimedPixels >= width * height
  return sides && upright && claim ? undefined : JSON.stringify(header)
}

for (const [name, specimen] of Object.entries(SPECIMENS)) {
  t.test(`${MUTANTS_PER_SPECIMEN} mutants of ${name}`, async (t) => {
    t.match(await readImageHeader(watch(specimen)), { outcome: 'image', header: { width: 300, height: 200 } })
    const random = seededRandom(SEED)
    const faults: string[] = []
    const kinds = new Set<string>()
    for (let index = 0; index < MUTANTS_PER_SPECIMEN; index++) {
      const mutant = mutate(specimen, random)
      const { kind, fault } = await read(mutant)
      if (fault !== undefined) faults.push(`${fault}: ${mutant.toString('hex')}`)
      kinds.add(kind)
    }
    t.strictSame(faults, [])
    t.strictSame(
      [...kinds].sort(),
      ['damaged', 'image', 'not-an-image'],
      'mutants of every outcome were tried',
    )
  })
}
