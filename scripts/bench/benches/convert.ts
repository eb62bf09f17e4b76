import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type ConversionFormat, conversionName, originalKey, uuidv7 } from '@tintype/domain'
import { createObjectStore } from '@tintype/object-store'
import sharp from 'sharp'
import { createDecoderPool } from '../../../services/worker/src/pixels/pool.ts'
import { runChild } from '../../stores/child.ts'
import type { Bench, Context } from '../bench.ts'
import { forEach } from '../beside/task.ts'
import { type Result, resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { findTool } from '../tools.ts'

const MEGAPIXELS = 6
const CORES = availableParallelism()

/** The worker's own decoder processes, store to store, beside a process a file: as many at once as there are cores. */
export const convert: Bench = {
  name: 'convert',
  goal: 'conversions at full size are 5 × as fast as ImageMagick in a process for each',
  async run(context) {
    const jpeg = await context.pictures.jpeg(MEGAPIXELS)
    const png = join(context.folder, 'photo.png')
    await writeFile(png, await sharp(jpeg.path).png().toBuffer())
    return [await measure(context, jpeg.path, 'png'), await measure(context, png, 'jpeg')]
  },
}

async function measure(context: Context, path: string, format: ConversionFormat): Promise<Result> {
  const magick = await findTool('imagemagick', context.say)
  const storeUrl = await context.stores.store('file')
  const [store, imageId] = [await createObjectStore(storeUrl), uuidv7()]
  const bytes = await readFile(path)
  await store.put(originalKey(imageId), bytes, {
    bytes: bytes.length,
    contentType: 'application/octet-stream',
  })
  store.close()
  const pool = createDecoderPool({
    size: CORES,
    megapixelBudget: CORES * 25,
    childEnv: { PATH: process.env.PATH ?? '', STORE_URL: storeUrl },
    log: { warn: (fields, message) => context.say(`${message} ${JSON.stringify(fields)}`) },
  })
  context.teardown(() => pool.close())

  const converted = async () => {
    const outcome = await pool.derive({
      ...{ imageId, originalKey: originalKey(imageId), wants: [conversionName(format)] },
      ...{ maxPixels: 1e9, avifMaxPixels: 0, megapixels: MEGAPIXELS, generation: uuidv7() },
    })
    if (outcome.outcome !== 'derived') throw new Error(`a conversion is ${outcome.outcome}`)
  }
  const byMagick = async (file: number) => {
    const to = join(context.folder, `${file}.${format}`)
    await runChild({
      ...{ name: 'convert', command: magick, args: [path, to], runDir: context.runDir },
      // Its own threads would compete with its neighbours', as ours would.
      env: { PATH: process.env.PATH, MAGICK_THREAD_LIMIT: '1' },
    })
  }
  const rate = async (count: number, work: (one: number) => Promise<void>) => {
    const startedAt = performance.now()
    await forEach([...Array(count).keys()], CORES, work)
    return count / ((performance.now() - startedAt) / 1000)
  }
  const count = context.quick ? 4 : 12
  await rate(CORES, converted)
  const { ours, beside } = await alternate(context.rounds, {
    ours: () => rate(count, converted),
    beside: () => rate(count, byMagick),
  })
  const from = format === 'png' ? 'JPEG → PNG' : 'PNG → JPEG'
  return resultOf({
    ...{ name: `convert ${MEGAPIXELS} MP ${from}`, unit: 'images/s', ours, beside },
    goal: { of: 'ratio', atLeast: 5 },
    note: 'beside: ImageMagick, a process for each file, one thread each',
  })
}
