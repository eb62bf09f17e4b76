import { availableParallelism } from 'node:os'
import { originalKey } from '@tintype/domain'
import type { Bench, Context } from '../bench.ts'
import type { DeriveLoopTask } from '../beside/derive-loop.ts'
import { runBeside } from '../beside/run.ts'
import { insertOwner, insertPendingImages } from '../pending-images.ts'
import type { Product } from '../product.ts'
import { type Result, resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'

/** As many as a worker has in hand. */
const AT_ONCE = 2 * availableParallelism()

/** A worker's throughput beside that of a loop that does nothing but what must be done. */
export const derive: Bench = {
  name: 'derive',
  goal: 'a worker reaches 0.85 of a bare loop of get, decode, two thumbnails, put',
  async run(context) {
    const product = await context.startProduct({ services: ['worker'], store: 's3' })
    const ownerId = await insertOwner(product)
    const results: Result[] = []
    for (const megapixels of [6, 12]) results.push(...(await measure(context, product, ownerId, megapixels)))
    return results
  },
}

async function measure(
  context: Context,
  product: Product,
  ownerId: string,
  megapixels: number,
): Promise<Result[]> {
  const count = context.quick ? 16 : 120
  const picture = await context.pictures.jpeg(megapixels)
  const images = await insertPendingImages(product, ownerId, picture, count, context.teardown)
  const task: DeriveLoopTask = {
    storeUrl: product.storeUrl,
    keys: images.ids.map(originalKey),
    prefix: 'bench/',
    atOnce: AT_ONCE,
    pixelsAlone: false,
  }
  const loop = async (pixelsAlone: boolean) => {
    const env = { UV_THREADPOOL_SIZE: String(AT_ONCE + 2) }
    const answer = await runBeside<{ imagesPerSecond: number }>(
      context,
      'derive-loop',
      { ...task, pixelsAlone },
      env,
    )
    return answer.imagesPerSecond
  }
  await images.derive() // decoders start at the first jobs
  const { ours, limit, pixels } = await alternate(context.rounds, {
    ours: async () => count / (await images.derive()),
    limit: () => loop(false),
    pixels: () => loop(true),
  })
  const name = `derive ${picture.name}`
  return [
    resultOf({
      ...{ name, unit: 'images/s', ours, beside: limit },
      goal: { of: 'ratio', atLeast: 0.85 },
      note: 'beside: a loop in one process on the same store',
    }),
    resultOf({
      ...{ name: `${name}, pixels`, unit: 'images/s', ours, beside: pixels },
      note: 'beside: the pixels alone, from memory and thrown away',
    }),
  ]
}
