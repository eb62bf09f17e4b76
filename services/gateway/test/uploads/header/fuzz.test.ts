import t from 'tap'
import { DEFAULT_LIMITS } from '../../../src/uploads/header/header-reader.ts'
import { type ImageHeader, readImageHeader } from '../../../src/uploads/header/index.ts'
import * as make from './fixtures.ts'
import { gridDescription, heif, imir, irot, ispe } from './heif-fixtures.ts'
import { type WatchedSource, watch } from './watched-source.ts'

const SEED = 0x7117
const MUTANTS_PER_SPECIMEN = 800
/** Values that break arithmetic: ends of ranges, signs, and the sizes 0, 1 and 8 that boxes treat specially. */
const EDGES = [0x00, 0x01, 0x02, 0x08, 0x7f, 0x80, 0xfe, 0xff]

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

/** Mulberry32: a small generator whose whole state is one 32-bit number, so that a run can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function mutate(specimen: Buffer, random: (below: number) => number): Buffer {
  let mutant = Buffer.from(specimen)
  for (let changes = 1 + random(4); changes > 0 && mutant.length > 0; changes--) {
    const at = random(mutant.length)
    const length = Math.min(1 + random(8), mutant.length - at)
    const kind = random(8)
    if (kind < 3) mutant.writeUInt8(EDGES[random(EDGES.length)] ?? 0, at)
    else if (kind < 5) mutant.writeUInt8(random(256), at)
    else if (kind === 5) mutant.fill(EDGES[random(EDGES.length)] ?? 0, at, at + length)
    else if (kind === 6) mutant = Buffer.concat([mutant.subarray(0, at + length), mutant.subarray(at)])
    else mutant = mutant.subarray(0, random(4) === 0 ? at : mutant.length)
  }
  return mutant
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
    const random = randomFrom(SEED)
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
