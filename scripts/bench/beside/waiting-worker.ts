// A worker as it is, but for the pixels: in their place it waits, and nothing is stored.
// What is left is what the queue and the database take for a job.

import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '@tintype/database'
import { renditionKey } from '@tintype/domain'
import { CONSUMER_REDIS, consumeDerivations, createProducer, PRODUCER_REDIS } from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import { createLogger } from '@tintype/service-kit'
import { Redis } from 'ioredis'
import type { DecoderPool } from '../../../services/worker/src/pixels/pool.ts'
import { runThumbnails } from '../../../services/worker/src/renditions/run-lane.ts'

const { DATABASE_URL = '', REDIS_URL = '', STORE_URL = '', WAIT_MS = '0', CONCURRENCY = '4' } = process.env
const concurrency = Number(CONCURRENCY)
const log = createLogger('waiting-worker', 'warn')
const database = openDatabase(DATABASE_URL, { maxConnections: concurrency })
const producerRedis = new Redis(REDIS_URL, PRODUCER_REDIS)
const consumerRedis = new Redis(REDIS_URL, CONSUMER_REDIS)
const store = await createObjectStore(STORE_URL)

const pool: Pick<DecoderPool, 'derive'> = {
  async derive({ imageId, wants, generation }) {
    await delay(Number(WAIT_MS))
    const renditions = wants.map((name) => ({
      ...({ name, format: 'jpeg', width: 300, height: 200, bytes: 10_000 } as const),
      key: renditionKey(imageId, name, generation, 'jpg'),
    }))
    return { outcome: 'derived', width: 3000, height: 2000, thumbhash: '', renditions, refused: [] }
  },
}
const dependencies = {
  ...({ database, store, pool, log, lane: 'thumbnails' } as const),
  ...{ producer: createProducer(producerRedis), avifMaxPixels: 0, attemptTimeoutSeconds: 120 },
  announcer: { imagesChanged() {} },
}
const consumer = consumeDerivations(
  'thumbnails',
  async ({ imageId }) => void (await runThumbnails(dependencies, imageId)),
  { redis: consumerRedis, concurrency, log },
)
process.on('SIGTERM', async () => {
  await consumer.abandon()
  process.exit()
})
console.log('ready')
