import { open } from 'node:fs/promises'
import { type RenditionName, thumbnailName } from '@tintype/domain'
import sharp, { type Sharp } from 'sharp'
import { boundedSize } from '../../../services/worker/src/pixels/bounded-size.ts'
import { decode, type Original } from '../../../services/worker/src/pixels/decode.ts'
import { derive } from '../../../services/worker/src/pixels/derive.ts'
import { fromRaw } from '../../../services/worker/src/pixels/raw-pixels.ts'
import { createScales, type Scales } from '../../../services/worker/src/pixels/scales.ts'
import type { Bench, Context } from '../bench.ts'
import type { Picture } from '../pictures.ts'
import { type Result, resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { type Luminance, ssim } from '../ssim.ts'

const SETS = [
  [200, 400],
  [100, 200, 400, 800, 1600],
]
/** As the worker encodes thumbnails. */
const JPEG = { quality: 80 }
const ANY = { maxPixels: 1e9, avifMaxPixels: 0 }

/** One decode for all heights beside a decode for each: the pixel step alone, by the processor's time. */
export const heights: Bench = {
  name: 'heights',
  goal: 'all heights from one decode are 1.4 × as fast as one call of sharp for each, and look no worse',
  async run(context) {
    const generated = [await context.pictures.jpeg(6), await context.pictures.jpeg(12)]
    const photographs = [...generated, ...(await context.pictures.photographs())]
    const results: Result[] = []
    for (const picture of photographs) {
      for (const set of SETS) results.push(await compareSpeed(context, picture, set))
    }
    for (const picture of photographs) results.push(await compareLooks(picture, SETS.flat()))
    return results
  },
}

async function compareSpeed(context: Context, picture: Picture, set: number[]): Promise<Result> {
  const count = context.quick ? 3 : 30
  const perCoreSecond = (make: () => Promise<unknown>) => async () => {
    const before = process.cpuUsage()
    for (let at = 0; at < count; at += 1) await make()
    const { user, system } = process.cpuUsage(before)
    return (count * 1e6) / (user + system)
  }
  await fromOneDecode(picture, set)
  await onePerHeight(picture, set)
  const { ours, beside } = await alternate(context.rounds, {
    ours: perCoreSecond(() => fromOneDecode(picture, set)),
    beside: perCoreSecond(() => onePerHeight(picture, set)),
  })
  return resultOf({
    ...{ name: `heights ${picture.name}: ${set.join(' ')}`, unit: 'images/core s', ours, beside },
    goal: { of: 'ratio', atLeast: 1.4 },
    note: 'beside: one call of sharp a height. Ours makes the thumbhash too',
  })
}

async function fromOneDecode({ path }: Picture, set: number[]): Promise<void> {
  await using file = await open(path)
  const wants: RenditionName[] = set.map(thumbnailName)
  const derived = await derive({ path, file }, { wants, ...ANY })
  if (derived.outcome !== 'derived') throw new Error(`${path}: ${derived.detail}`)
}

async function onePerHeight({ path }: Picture, set: number[]): Promise<void> {
  for (const height of set) {
    const input = sharp(path, { failOn: 'error', autoOrient: true })
    await input.resize({ height, withoutEnlargement: true }).jpeg(JPEG).toBuffer()
  }
}

/** Before JPEG adds noise of its own, at each height: both ways against a resize of every pixel. */
async function compareLooks(picture: Picture, asked: number[]): Promise<Result> {
  const { path } = picture
  await using file = await open(path)
  const whole = await sharp(path, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = whole.info
  const found: { height: number; ours: number; theirs: number }[] = []
  const heights = [...new Set(asked)].sort((a, b) => b - a)
  const scales = await ourScales({ path, file }, Math.max(...heights))
  for (const maxHeight of heights) {
    const size = boundedSize({ width, height }, maxHeight)
    const fill = { ...size, fit: 'fill' } as const
    const ideal = await luminanceOf(sharp(whole.data, { raw: { width, height, channels } }).resize(fill))
    found.push({
      height: maxHeight,
      ours: ssim(await luminanceOf(fromRaw(await scales.at(size))), ideal),
      theirs: ssim(await luminanceOf(sharp(path, { autoOrient: true }).resize(fill)), ideal),
    })
  }
  const described = found.map(
    ({ height, ours, theirs }) => `${height}: ${ours.toFixed(4)}/${theirs.toFixed(4)}`,
  )
  return resultOf({
    ...{ name: `heights ${picture.name}: likeness`, unit: 'SSIM' },
    ours: [meanOf(found.map(({ ours }) => ours))],
    beside: [meanOf(found.map(({ theirs }) => theirs))],
    goal: { of: 'difference', atLeast: 0 },
    note: `mean over the heights, to a resize of every pixel; ours/theirs at ${described.join(', ')}`,
  })
}

async function ourScales(original: Original, maxHeight: number): Promise<Scales> {
  const decoded = await decode(original, { maxHeight, maxPixels: ANY.maxPixels })
  if (decoded.outcome !== 'decoded') throw new Error(decoded.detail)
  return createScales(decoded.pixels)
}

/** Of the pipeline's pixels as they come out: a conversion in the middle of it would be shrunk before or after. */
async function luminanceOf(pipeline: Sharp): Promise<Luminance> {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const luminance = new Uint8Array(width * height)
  for (let at = 0; at < luminance.length; at += 1) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * channels, at * channels + 3)
    // ITU-R BT.601, as JPEG has it.
    luminance[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  }
  return { data: luminance, width, height }
}

function meanOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
