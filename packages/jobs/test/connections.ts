import type { Lane } from '@tintype/domain'
import { poll, type Scope } from '@tintype/testkit'
import { Redis } from 'ioredis'
import {
  CONSUMER_REDIS,
  type Consumer,
  consumeDerivations,
  consumeMaintenance,
  consumeWebhooks,
  createProducer,
  type DerivationJob,
  type MaintenanceJob,
  PRODUCER_REDIS,
  type Producer,
  type WebhookJob,
} from '../src/index.ts'

/** Connections as the services make them. */
function connect(t: Scope, url: string, options: typeof PRODUCER_REDIS | typeof CONSUMER_REDIS): Redis {
  const redis = new Redis(url, {
    ...options,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
    connectTimeout: 2000,
  })
  redis.on('error', () => {}) // away on purpose
  t.teardown(() => redis.disconnect())
  return redis
}

export function produce(t: Scope, url: string): Producer & { redis: Redis } {
  const redis = connect(t, url, PRODUCER_REDIS)
  const producer = createProducer(redis)
  t.teardown(() => producer.close())
  return { ...producer, redis }
}

/** A producer whose connection is up. */
export async function produceConnected(t: Scope, url: string): Promise<Producer & { redis: Redis }> {
  const producer = produce(t, url)
  await poll(() => producer.redis.status === 'ready')
  return producer
}

export const silent = { warn: () => {} }

export function onRenditions(
  t: Scope,
  url: string,
  process: (job: DerivationJob, signal: AbortSignal | undefined) => Promise<void>,
  concurrency = 1,
): Consumer {
  const redis = connect(t, url, CONSUMER_REDIS)
  const consumer = consumeDerivations('thumbnails', process, { redis, concurrency, log: silent })
  t.teardown(() => consumer.abandon())
  return consumer
}

export function onLane(
  t: Scope,
  url: string,
  lane: Lane,
  process: (job: DerivationJob) => Promise<void>,
): Consumer {
  const redis = connect(t, url, CONSUMER_REDIS)
  const consumer = consumeDerivations(lane, process, { redis, concurrency: 1, log: silent })
  t.teardown(() => consumer.abandon())
  return consumer
}

export function onMaintenance(
  t: Scope,
  url: string,
  process: (job: MaintenanceJob) => Promise<void>,
): Consumer {
  const redis = connect(t, url, CONSUMER_REDIS)
  const consumer = consumeMaintenance(process, { redis, concurrency: 1, log: silent })
  t.teardown(() => consumer.abandon())
  return consumer
}

export function onWebhooks(t: Scope, url: string, process: (job: WebhookJob) => Promise<void>): Consumer {
  const redis = connect(t, url, CONSUMER_REDIS)
  const consumer = consumeWebhooks(process, { redis, concurrency: 4, log: silent })
  t.teardown(() => consumer.abandon())
  return consumer
}
