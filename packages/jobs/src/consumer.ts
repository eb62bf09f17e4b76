import type { Lane } from '@tintype/domain'
import { type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import {
  type DerivationJob,
  type MaintenanceJob,
  QUEUE_OF,
  type QueueName,
  type WebhookJob,
} from './names.ts'

/** A job is another worker's once this long has passed without its own renewing the lock. */
const LOCK_MS = 15_000

/** How a consumer's connection must be made: it has nothing to do but wait for Redis, so its commands are never given up. */
export const CONSUMER_REDIS = { maxRetriesPerRequest: null } as const

export interface ConsumerOptions {
  /** Made with `CONSUMER_REDIS`; the caller closes it, after the consumer. */
  redis: Redis
  /** Jobs in hand at once. */
  concurrency: number
  log: { warn(details: object, message: string): void }
}

export interface Consumer {
  /** Takes no more jobs and waits for those in hand. */
  drain(): Promise<void>
  /** Ends at once. Jobs still in hand go to another worker when their locks expire. */
  abandon(): Promise<void>
}

/** Runs `process` for each job of a lane's queue. What it throws is tried again later. */
export function consumeDerivations(
  lane: Lane,
  process: (job: DerivationJob, signal: AbortSignal | undefined) => Promise<void>,
  options: ConsumerOptions,
): Consumer {
  return consume<DerivationJob>(QUEUE_OF[lane], process, options)
}

/** Runs `process` for each job of the maintenance queue. */
export function consumeMaintenance(
  process: (job: MaintenanceJob, signal: AbortSignal | undefined) => Promise<void>,
  options: ConsumerOptions,
): Consumer {
  return consume<MaintenanceJob>('maintenance', process, options)
}

/** Runs `process` for each job of the webhooks' queue. */
export function consumeWebhooks(
  process: (job: WebhookJob, signal: AbortSignal | undefined) => Promise<void>,
  options: ConsumerOptions,
): Consumer {
  return consume<WebhookJob>('webhooks', process, options)
}

function consume<Data>(
  name: QueueName,
  process: (data: Data, signal: AbortSignal | undefined) => Promise<void>,
  { redis, concurrency, log }: ConsumerOptions,
): Consumer {
  const worker = new Worker<Data>(
    name,
    async (job: Job<Data>, _token?: string, signal?: AbortSignal) => process(job.data, signal),
    {
      connection: redis,
      concurrency,
      lockDuration: LOCK_MS,
      // How soon the jobs of a killed worker are found.
      stalledInterval: 5000,
      // Attempts are bounded in PostgreSQL, where a picture is told from a worker that was killed thrice.
      maxStalledCount: 1000,
    },
  )
  worker.on('failed', (job, error) => {
    log.warn({ err: error, queue: name, job: job?.data, attempt: job?.attemptsMade }, 'a job failed')
  })
  worker.on('error', () => {}) // the connection's owner logs
  return {
    async drain() {
      await worker.close()
    },
    async abandon() {
      await worker.close(true)
    },
  }
}
