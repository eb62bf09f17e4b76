import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '../../stores/child.ts'
import type { Bench, Context } from '../bench.ts'
import { insertOwner, insertPendingImages, type PendingImages } from '../pending-images.ts'
import type { Product } from '../product.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'

const WORKER = fileURLToPath(new URL('../beside/waiting-worker.ts', import.meta.url))
const CONCURRENCY = 4
/** What a picture of 12 MP takes where four share two cores. */
const WAIT_MS = 150
const MEGAPIXELS = 0.3

/** Workers whose pixels are a wait, so that all cores are the queue's and the database's. */
export const scaleOut: Bench = {
  name: 'scale-out',
  goal: 'each worker more adds 0.95 of the first one',
  async run(context) {
    const product = await context.startProduct({ services: [], store: 'file' })
    const ownerId = await insertOwner(product)
    const picture = await context.pictures.jpeg(MEGAPIXELS)
    const count = context.quick ? 120 : 800
    const images = await insertPendingImages(product, ownerId, picture, count, context.teardown)
    const backlogBytes = await images.queueUp()
    const rate = (workers: number, waitMs: number) => async () => {
      const children = await startWorkers(context, product, workers, waitMs)
      try {
        await images.derive() // connections, compiled code
        return await jobsPerSecond(images)
      } finally {
        await Promise.all(children.map((child) => child.stop()))
      }
    }
    const figures = await alternate(context.rounds, {
      one: rate(1, WAIT_MS),
      two: rate(2, WAIT_MS),
      four: rate(4, WAIT_MS),
      oneAtOnce: rate(1, 0),
      fourAtOnce: rate(4, 0),
    })
    const linear = (workers: number) => figures.one.map((one) => one * workers)
    const unit = 'jobs/s'
    const note = `${CONCURRENCY} jobs in hand each, ${WAIT_MS} ms of waiting in place of pixels; beside: linear`
    return [
      resultOf({
        ...{ name: 'scale-out, 2 workers', unit, ours: figures.two, beside: linear(2), note },
        goal: { of: 'ratio', atLeast: 0.95 },
      }),
      resultOf({
        ...{ name: 'scale-out, 4 workers', unit, ours: figures.four, beside: linear(4), note },
        goal: { of: 'ratio', atLeast: 0.95 },
      }),
      resultOf({
        ...{ name: 'scale-out, ceiling', unit, ours: figures.fourAtOnce, beside: figures.oneAtOnce },
        note: 'four workers without any wait, beside one: where queue and database stop us on these cores',
      }),
      resultOf({
        ...{ name: 'scale-out, backlog', unit: 'bytes', ours: [backlogBytes] },
        note: 'a waiting job in Redis',
      }),
    ]
  },
}

async function jobsPerSecond(images: PendingImages): Promise<number> {
  return images.ids.length / (await images.derive())
}

async function startWorkers(
  { runDir, say }: Context,
  { databaseUrl, redisUrl, storeUrl }: Product,
  count: number,
  waitMs: number,
): Promise<Child[]> {
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, STORE_URL: storeUrl }
  const settings = { WAIT_MS: String(waitMs), CONCURRENCY: String(CONCURRENCY) }
  return Promise.all(
    Array.from({ length: count }, async () => {
      const ready = Promise.withResolvers<void>()
      const child = await startChild({
        name: 'waiting-worker',
        command: process.execPath,
        args: [WORKER],
        marker: WORKER,
        env: { PATH: process.env.PATH, ...stores, ...settings },
        runDir,
        output: { onLine: (line) => (line === 'ready' ? ready.resolve() : say(line)) },
      })
      await Promise.race([ready.promise, child.exited])
      if (!child.running()) throw new Error('a worker did not start')
      return child
    }),
  )
}
