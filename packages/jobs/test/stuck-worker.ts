/**
 * A worker to be killed: it takes one job, says so and never ends it.
 * Usage: stuck-worker.ts REDIS_URL
 */
import { Redis } from 'ioredis'
import { CONSUMER_REDIS, consumeDerivations } from '../src/index.ts'

const redis = new Redis(process.argv[2] ?? '', CONSUMER_REDIS)
const log = { warn: () => {} }
const takeAndHold = async ({ imageId }: { imageId: string }) => {
  process.send?.(imageId)
  await new Promise(() => {})
}
consumeDerivations('thumbnails', takeAndHold, { redis, concurrency: 1, log })
