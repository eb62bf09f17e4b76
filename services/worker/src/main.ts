import { migrate, openDatabase } from '@tintype/database'
import {
  CONSUMER_REDIS,
  consumeMaintenance,
  consumeRenditions,
  createProducer,
  PRODUCER_REDIS,
} from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import {
  connectRedis,
  createLifecycle,
  createLogger,
  disconnectRedis,
  runService,
} from '@tintype/service-kit'
import { createApp } from './app.ts'
import { variables } from './config.ts'
import { drainConsumers } from './drain.ts'
import { createJobsInHand } from './jobs-in-hand.ts'
import { createWorkerMetrics } from './metrics.ts'
import { decoderEnvironment } from './pixels/decoder-environment.ts'
import { createDecoderPool } from './pixels/pool.ts'
import { type DeriveImageOutcome, deriveImage } from './renditions/derive-image.ts'
import { runMaintenance } from './upkeep/run-maintenance.ts'
import { keepSweepsScheduled } from './upkeep/schedule.ts'

/** Together below the 30 s that orchestrators give a process between SIGTERM and SIGKILL. */
const DRAIN_MS = 25_000
const RELEASE_MS = 1000
const CLOSE_MS = 500
const STOP_MS = 29_500

/** Sweeps and deletions wait for stores, not for a core. */
const MAINTENANCE_CONCURRENCY = 4
/** What an attempt takes besides its decode: transfers, and its turn in the pool. */
const ATTEMPT_SLACK_SECONDS = 60
/** A phone's picture has 12 to 50: large ones wait for one another, small ones do not. */
const MEGAPIXELS_PER_CHILD = 25

await runService('worker', variables, async (config) => {
  const log = createLogger('worker', config.logLevel)
  const lifecycle = createLifecycle(log, STOP_MS)

  const store = await createObjectStore(config.storeUrl)
  lifecycle.onStop('store', () => store.close())
  store.ping().catch((error: unknown) => log.warn({ err: error }, 'the object store cannot be reached'))
  const database = openDatabase(config.databaseUrl, {
    maxConnections: config.concurrency + MAINTENANCE_CONCURRENCY,
  })
  lifecycle.onStop('postgres', () => database.close())
  const producerRedis = connectRedis(config.redisUrl, PRODUCER_REDIS, log)
  lifecycle.onStop('redis', () => disconnectRedis(producerRedis))
  const producer = createProducer(producerRedis)
  const pool = createDecoderPool({
    size: config.concurrency,
    timeoutMs: config.decodeTimeoutSeconds * 1000,
    maxRssBytes: config.decodeMaxMemoryMb * 1024 ** 2,
    megapixelBudget: config.concurrency * MEGAPIXELS_PER_CHILD,
    childEnv: decoderEnvironment(process.env),
    closeTimeoutMs: CLOSE_MS,
    log,
  })
  lifecycle.onStop('decoders', () => pool.close())

  // Up first: what waits for PostgreSQL is alive.
  const metrics = createWorkerMetrics({ producer, pool })
  const app = createApp({ log, registry: metrics.registry, database, producer, store })
  lifecycle.onStop('http', () => app.close())
  await app.listen({ port: config.port, host: config.host })

  // Whichever service starts first makes the schema.
  await migrate(config.databaseUrl, {
    waitMs: Number.POSITIVE_INFINITY,
    onWaiting: (error) => log.debug({ err: error }, 'waiting for PostgreSQL'),
  })

  const sweeps = keepSweepsScheduled(producer, log, { demo: config.demoResetMinutes * 60_000 })
  producerRedis.on('ready', sweeps.renew)
  lifecycle.onStop('schedule', () => sweeps.stop())

  const stopping = new AbortController()
  const releasing = new AbortController()
  const consumerRedis = connectRedis(config.redisUrl, CONSUMER_REDIS, log)
  lifecycle.onStop('queues', () => disconnectRedis(consumerRedis))
  const inHand = createJobsInHand()

  const attemptTimeoutSeconds = config.decodeTimeoutSeconds + ATTEMPT_SLACK_SECONDS
  const derivation = { database, store, pool, log, attemptTimeoutSeconds }
  async function derive(imageId: string): Promise<void> {
    const startedAt = performance.now()
    const observe = (outcome: DeriveImageOutcome | 'fault') =>
      metrics.observeDerivation(outcome, (performance.now() - startedAt) / 1000)
    try {
      observe(await deriveImage(derivation, imageId, releasing.signal))
    } catch (error) {
      observe('fault')
      throw error
    }
  }
  const renditions = consumeRenditions(({ imageId }) => inHand.run(() => derive(imageId)), {
    redis: consumerRedis,
    concurrency: config.concurrency,
    log,
  })
  const { orphanMinAgeSeconds, demoAccount } = config
  const upkeep = { database, store, producer, log, orphanMinAgeSeconds, demoAccount }
  const maintenance = consumeMaintenance(
    (job) => inHand.run(() => runMaintenance(upkeep, job, stopping.signal)),
    { redis: consumerRedis, concurrency: MAINTENANCE_CONCURRENCY, log },
  )
  lifecycle.onStop('jobs in hand', async () => {
    stopping.abort()
    await drainConsumers({
      consumers: [renditions, maintenance],
      inHand,
      drainMs: DRAIN_MS,
      releaseMs: RELEASE_MS,
      release: () => releasing.abort(),
      log,
    })
  })
  log.info({ concurrency: config.concurrency }, 'taking jobs')
})
