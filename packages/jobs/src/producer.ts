import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { IServerAdapter } from '@bull-board/api/typings/app'
import type { Lane } from '@tintype/domain'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import {
  type DerivationJob,
  type MaintenanceJob,
  QUEUE_NAMES,
  QUEUE_OF,
  type QueueName,
  type Sweep,
  type WebhookJob,
} from './names.ts'

/** How long an enqueue may keep its caller waiting, in milliseconds, however Redis fares. */
const ENQUEUE_TIMEOUT_MS = 1000
const WEEK_SECONDS = 7 * 24 * 3600

/** Redis did not take a job. The sweeps find what it was for. */
export class QueueUnavailable extends Error {
  readonly code = 'TT_QUEUE_UNAVAILABLE'
}

export interface QueueFigures {
  jobs: Record<string, number>
  /** 0 where none waits. */
  oldestWaitingSeconds: number
  /** As many as are connected now. */
  workers: number
}

export interface Producer {
  /**
   * Asks for what an image lacks in a lane. While one such job waits, another
   * adds nothing; while one runs, another runs after it. `urgent`: somebody is
   * waiting for the answer, so it goes before those nobody waits for.
   *
   * @throws QueueUnavailable within a second when Redis is away.
   */
  enqueueDerivation(lane: Lane, imageId: string, options?: { urgent?: boolean }): Promise<void>
  /** `enqueueDerivation` of thumbnails, after which the worker asks for the other lanes itself where they lack something. */
  enqueueRenditions(imageId: string, options?: { urgent?: boolean }): Promise<void>
  /** `enqueueDerivation` for many that nobody waits for, in one exchange with Redis. */
  enqueueDerivations(lane: Lane, imageIds: string[]): Promise<void>
  /** Asks for the objects and the row of a `deleting` image to be removed. */
  enqueueDeletion(imageId: string): Promise<void>
  /** Asks for the images and the row of a deleted user to be removed. While one such job runs, another runs after it. */
  enqueueUserDeletion(userId: string): Promise<void>
  /** Asks for what a version of a tier gained its users to be made. */
  enqueueReconcile(run: { tierId: string; version: number }): Promise<void>
  /** Asks for a verification to be gone on with. While one such job runs, another runs after it. */
  enqueueVerification(verificationId: string): Promise<void>
  /** `enqueueDeletion` for many, in one exchange with Redis. */
  enqueueDeletions(imageIds: string[]): Promise<void>
  /** Has a sweep run every `everyMs` from now on, once among all workers. Repeating it changes nothing. */
  scheduleSweep(sweep: Sweep, everyMs: number): Promise<void>
  /**
   * Asks for webhooks to be told what they are to be told now. While a job of one
   * runs, another runs after it: one webhook never has two.
   */
  enqueueWebhooks(webhookIds: string[]): Promise<void>
  /** Has a relay to the webhooks run every `everyMs` from now on, as `scheduleSweep` does. In their own queue, so that it waits for no sweep. */
  scheduleRelay(everyMs: number): Promise<void>
  /** How many jobs of each queue are in which state. */
  countJobs(): Promise<Record<QueueName, Record<string, number>>>
  /** The same, with how old the oldest waiting job of each queue is and how many workers take its jobs. */
  inspectQueues(): Promise<Record<QueueName, QueueFigures>>
  /** Has the queues shown by a dashboard, which changes nothing in them. */
  showOn(dashboard: IServerAdapter): Promise<void>
  /** Rejects unless Redis answers now. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * How a producer's connection must be made: a command that is not answered at
 * once fails, because the caller has something better to do than to wait for Redis.
 */
export const PRODUCER_REDIS = {
  enableOfflineQueue: false,
  commandTimeout: ENQUEUE_TIMEOUT_MS,
  maxRetriesPerRequest: null,
} as const

/** Produces jobs over a connection made with `PRODUCER_REDIS`, which need not be up yet. The caller closes the connection. */
export function createProducer(redis: Redis): Producer {
  const derivations = {
    renditions: openQueue<DerivationJob>('renditions', redis),
    conversions: openQueue<DerivationJob>('conversions', redis),
    avif: openQueue<DerivationJob>('avif', redis),
  }
  const maintenance = openQueue<MaintenanceJob>('maintenance', redis)
  const webhooks = openQueue<WebhookJob>('webhooks', redis)
  const queues = { ...derivations, maintenance, webhooks }

  async function withinTimeout<T>(work: () => Promise<T>): Promise<T> {
    if (redis.status !== 'ready') throw new QueueUnavailable('Redis is not connected')
    const timer = new AbortController()
    try {
      return await Promise.race([
        work(),
        sleep(ENQUEUE_TIMEOUT_MS, undefined, { signal: timer.signal }).then(async () => {
          await turn() // an answer may be there that this process was too busy to read
          throw new QueueUnavailable('Redis did not answer in time')
        }),
      ])
    } catch (error) {
      throw error instanceof QueueUnavailable
        ? error
        : new QueueUnavailable('Redis refused', { cause: error })
    } finally {
      timer.abort()
    }
  }

  const enqueueDerivation: Producer['enqueueDerivation'] = (lane, imageId, { urgent = false } = {}) =>
    withinTimeout(async () => {
      const job = await derivations[QUEUE_OF[lane]].add(
        'derive',
        { imageId },
        derivationOptions(imageId, urgent),
      )
      // It may be one that waits already, behind others.
      if (urgent && (await job.getState()) === 'prioritized') await job.changePriority({ priority: 0 })
    })

  const enqueueDerivations: Producer['enqueueDerivations'] = (lane, imageIds) =>
    withinTimeout(async () => {
      await derivations[QUEUE_OF[lane]].addBulk(
        imageIds.map((imageId) => ({
          name: 'derive',
          data: { imageId },
          opts: derivationOptions(imageId, false),
        })),
      )
    })

  const enqueueDeletions = (imageIds: string[]) =>
    withinTimeout(async () => {
      await maintenance.addBulk(
        imageIds.map((imageId) => ({
          name: 'delete-image',
          data: { kind: 'delete-image', imageId },
          opts: { ...JOB_OPTIONS, deduplication: { id: `delete-${imageId}` } },
        })),
      )
    })

  return {
    enqueueDerivation,
    enqueueDerivations,
    enqueueRenditions: (imageId, options) => enqueueDerivation('thumbnails', imageId, options),
    enqueueDeletion: (imageId) => enqueueDeletions([imageId]),
    enqueueDeletions,
    enqueueUserDeletion: (userId) =>
      withinTimeout(async () => {
        await maintenance.add(
          'delete-user',
          { kind: 'delete-user', userId },
          // A job that has more to do enqueues the next one itself.
          { ...JOB_OPTIONS, deduplication: { id: `delete-user-${userId}`, keepLastIfActive: true } },
        )
      }),
    enqueueReconcile: ({ tierId, version }) =>
      withinTimeout(async () => {
        await maintenance.add(
          'reconcile',
          { kind: 'reconcile', tierId, version },
          { ...JOB_OPTIONS, deduplication: { id: `reconcile-${tierId}-${version}` } },
        )
      }),
    enqueueVerification: (verificationId) =>
      withinTimeout(async () => {
        await maintenance.add(
          'verify',
          { kind: 'verify', verificationId },
          { ...JOB_OPTIONS, deduplication: { id: `verify-${verificationId}`, keepLastIfActive: true } },
        )
      }),
    scheduleSweep: (sweep, everyMs) =>
      withinTimeout(async () => {
        const id = `sweep-${sweep}`
        await dropLateSchedule(maintenance, id, everyMs)
        await maintenance.upsertJobScheduler(
          id,
          { every: everyMs },
          {
            name: `sweep-${sweep}`,
            data: { kind: 'sweep', sweep },
            opts: { ...JOB_OPTIONS, attempts: 1 },
          },
        )
      }),
    enqueueWebhooks: (webhookIds) =>
      withinTimeout(async () => {
        await webhooks.addBulk(
          webhookIds.map((webhookId) => ({
            name: 'deliver',
            data: { kind: 'deliver', webhookId },
            opts: { ...WEBHOOK_OPTIONS, deduplication: { id: webhookId, keepLastIfActive: true } },
          })),
        )
      }),
    scheduleRelay: (everyMs) =>
      withinTimeout(async () => {
        await dropLateSchedule(webhooks, 'relay', everyMs)
        await webhooks.upsertJobScheduler(
          'relay',
          { every: everyMs },
          { name: 'relay', data: { kind: 'relay' }, opts: WEBHOOK_OPTIONS },
        )
      }),
    countJobs: () => withinTimeout(() => ofEachQueue((name) => queues[name].getJobCounts())),
    inspectQueues: () =>
      withinTimeout(() =>
        ofEachQueue(async (name) => {
          const queue = queues[name]
          const [jobs, waiting, workers] = await Promise.all([
            queue.getJobCounts(),
            // The first of each kind of waiting.
            queue.getJobs(['waiting', 'prioritized'], 0, 0, true),
            queue.getWorkersCount(),
          ])
          const oldest = Math.min(Date.now(), ...waiting.map(({ timestamp }) => timestamp))
          return { jobs, oldestWaitingSeconds: (Date.now() - oldest) / 1000, workers }
        }),
      ),
    async showOn(dashboard) {
      // One service of three shows them.
      const { createBullBoard } = await import('@bull-board/api')
      const { BullMQAdapter } = await import('@bull-board/api/bullMQAdapter')
      createBullBoard({
        queues: Object.values(queues).map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
        serverAdapter: dashboard,
        options: { uiConfig: { boardTitle: 'Tintype' } },
      })
    },
    ping: () =>
      withinTimeout(async () => {
        await redis.ping()
      }),
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()))
    },
  }
}

/**
 * Forgets a schedule whose next run is further away than it can be: a worker
 * whose clock was ahead made it, and nothing would run until that time comes.
 */
async function dropLateSchedule(
  queue: Pick<Queue, 'getJobScheduler' | 'removeJobScheduler'>,
  id: string,
  everyMs: number,
): Promise<void> {
  const { next = 0 } = (await queue.getJobScheduler(id)) ?? {}
  if (next > Date.now() + 2 * everyMs) await queue.removeJobScheduler(id)
}

async function ofEachQueue<Figures>(
  read: (name: QueueName) => Promise<Figures>,
): Promise<Record<QueueName, Figures>> {
  const figures = await Promise.all(QUEUE_NAMES.map(async (name) => [name, await read(name)] as const))
  return Object.fromEntries(figures) as Record<QueueName, Figures>
}

/**
 * A queue whose making says nothing to Redis: BullMQ would ask for its version
 * first, and never recover where that is not answered.
 */
function openQueue<Data>(name: QueueName, redis: Redis): Queue<Data> {
  const queue = new Queue<Data>(name, {
    connection: redis,
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  })
  queue.on('error', () => {}) // the connection's owner logs
  return queue
}

/** A store or database fault is tried again with a growing delay; what still fails is found by the pending sweep. */
const JOB_OPTIONS = {
  attempts: 6,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  removeOnComplete: { count: 1000 },
  // Bounded by number as well: Redis evicts nothing, and an outage fails many.
  removeOnFail: { age: WEEK_SECONDS, count: 5000 },
  stackTraceLimit: 1,
} as const

/** What failed is found by the next relay; deliveries are counted and tried again in PostgreSQL. */
const WEBHOOK_OPTIONS = {
  ...JOB_OPTIONS,
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: { count: 100 },
} as const

function derivationOptions(imageId: string, urgent: boolean) {
  return {
    ...JOB_OPTIONS,
    // Jobs without a priority run before all that have one.
    ...(urgent ? {} : { priority: 10 }),
    deduplication: { id: imageId, keepLastIfActive: true },
  }
}
