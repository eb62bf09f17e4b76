import { migrate, openDatabase } from '@tintype/database'
import { LANES, type Lane } from '@tintype/domain'
import {
  CONSUMER_REDIS,
  type Consumer,
  consumeDerivations,
  consumeMaintenance,
  createProducer,
  PRODUCER_REDIS,
} from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import {
  connectRedis,
  createAnnouncer,
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
import { runThumbnails } from './renditions/run-lane.ts'
import { runMaintenance } from './upkeep/run-maintenance.ts'
import { keepSweepsScheduled } from './upkeep/schedule.ts'
import { consumeWebhookJobs, WEBHOOK_CONNECTIONS } from './webhooks/consumer.ts'

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
/** AVIF takes by far the most time and memory. */
const AVIF_CONCURRENCY = 1
/**
 * Who has just uploaded or opens a page waits for milliseconds, for a thumbnail
 * people wait for longer, and nobody waits so for a whole conversion.
 */
const NICENESS: Record<Lane, number> = { thumbnails: 5, conversions: 10, avif: 10 }

await runService('worker', variables, async (config) => {
  const log = createLogger('worker', config.logLevel)
  const lifecycle = createLifecycle(log, STOP_MS)

  const store = await createObjectStore(config.storeUrl)
  lifecycle.onStop('store', () => store.close())
  store.ping().catch((error: unknown) => log.warn({ err: error }, 'the object store cannot be reached'))
  const database = openDatabase(config.databaseUrl, {
    maxConnections:
      config.concurrency +
      config.conversionConcurrency +
      AVIF_CONCURRENCY +
      MAINTENANCE_CONCURRENCY +
      WEBHOOK_CONNECTIONS,
  })
  lifecycle.onStop('postgres', () => database.close())
  const producerRedis = connectRedis(config.redisUrl, PRODUCER_REDIS, log)
  lifecycle.onStop('redis', () => disconnectRedis(producerRedis))
  const producer = createProducer(producerRedis)
  const announcer = createAnnouncer(producerRedis, log)
  const decodeTimeoutSeconds: Record<Lane, number> = {
    thumbnails: config.decodeTimeoutSeconds,
    conversions: config.conversionTimeoutSeconds,
    avif: config.conversionTimeoutSeconds,
  }
  const concurrency: Record<Lane, number> = {
    thumbnails: config.concurrency,
    conversions: config.conversionConcurrency,
    avif: AVIF_CONCURRENCY,
  }
  const openPool = (lane: Lane) =>
    createDecoderPool({
      size: concurrency[lane],
      timeoutMs: decodeTimeoutSeconds[lane] * 1000,
      maxRssBytes: config.decodeMaxMemoryMb * 1024 ** 2,
      megapixelBudget: concurrency[lane] * MEGAPIXELS_PER_CHILD,
      niceness: NICENESS[lane],
      childEnv: decoderEnvironment(process.env),
      closeTimeoutMs: CLOSE_MS,
      log,
    })
  // One for each lane, so that none waits for another's pictures.
  const pools = {
    thumbnails: openPool('thumbnails'),
    conversions: openPool('conversions'),
    avif: openPool('avif'),
  }
  lifecycle.onStop('decoders', () => Promise.all(LANES.map((lane) => pools[lane].close())))

  // Up first: what waits for PostgreSQL is alive.
  const metrics = createWorkerMetrics({ producer, pools })
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

  async function derive(lane: Lane, imageId: string): Promise<void> {
    const dependencies = {
      ...{ database, store, producer, announcer, log, lane, pool: pools[lane] },
      avifMaxPixels: config.avifMaxMegapixels * 1e6,
      attemptTimeoutSeconds: decodeTimeoutSeconds[lane] + ATTEMPT_SLACK_SECONDS,
    }
    const run = lane === 'thumbnails' ? runThumbnails : deriveImage
    const startedAt = performance.now()
    const observe = (outcome: DeriveImageOutcome | 'fault') =>
      metrics.observeDerivation(lane, outcome, (performance.now() - startedAt) / 1000)
    try {
      observe(await run(dependencies, imageId, releasing.signal))
    } catch (error) {
      observe('fault')
      throw error
    }
  }
  const takeDerivations = () =>
    LANES.map((lane) =>
      consumeDerivations(lane, ({ imageId }) => inHand.run(() => derive(lane, imageId)), {
        redis: consumerRedis,
        concurrency: concurrency[lane],
        log,
      }),
    )
  const { orphanMinAgeSeconds, evictAfterDays, demoAccount } = config
  const { observeDelivery, observeSweep } = metrics
  const upkeep = {
    ...{ database, store, producer, log, observeSweep },
    ...{ orphanMinAgeSeconds, evictAfterDays, demoAccount },
  }
  const takeMaintenance = () =>
    consumeMaintenance((job) => inHand.run(() => runMaintenance(upkeep, job, stopping.signal)), {
      redis: consumerRedis,
      concurrency: MAINTENANCE_CONCURRENCY,
      log,
    })
  const takeWebhooks = () =>
    consumeWebhookJobs({
      ...{ database, producer, redis: consumerRedis, inHand, stopping: stopping.signal, log },
      encryptionKeys: config.webhookEncryptionKeys,
      allowNetworks: config.webhookAllowNetworks,
      observe: observeDelivery,
    })
  const consumers: Consumer[] = [
    ...(config.tasks === 'webhooks' ? [] : [...takeDerivations(), takeMaintenance()]),
    ...(config.tasks === 'pictures' ? [] : [takeWebhooks()]),
  ]
  lifecycle.onStop('jobs in hand', async () => {
    stopping.abort()
    await drainConsumers({
      consumers,
      inHand,
      drainMs: DRAIN_MS,
      releaseMs: RELEASE_MS,
      release: () => releasing.abort(),
      log,
    })
  })
  log.info({ tasks: config.tasks, concurrency }, 'taking jobs')
})
