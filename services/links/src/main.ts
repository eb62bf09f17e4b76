import { migrate, openDatabase } from '@tintype/database'
import { createProducer } from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import {
  connectRedis,
  createLifecycle,
  createLogger,
  createReadRecorder,
  disconnectRedis,
  LISTEN_BACKLOG,
  runService,
} from '@tintype/service-kit'
import { createLinksApp } from './app.ts'
import { variables } from './config.ts'
import { LIVE_RECORD_REDIS } from './links/live-record.ts'
import { createUseRecorder } from './links/use-recorder.ts'

/** How long downloads under way may go on once the service was told to end, in milliseconds. */
const STOP_TIMEOUT_MS = 30_000

await runService('links', variables, async (config) => {
  const log = createLogger('links', config.logLevel)
  const lifecycle = createLifecycle(log, STOP_TIMEOUT_MS)

  const database = openDatabase(config.databaseUrl)
  lifecycle.onStop('database', () => database.close())
  const store = await createObjectStore(config.storeUrl)
  lifecycle.onStop('store', () => store.close())
  store.ping().catch((error: unknown) => log.warn({ err: error }, 'the object store cannot be reached'))
  const redis = connectRedis(config.redisUrl, LIVE_RECORD_REDIS, log)
  lifecycle.onStop('redis', () => disconnectRedis(redis))
  const producer = createProducer(redis)
  lifecycle.onStop('producer', () => producer.close())

  const reads = createReadRecorder({ database, log })
  lifecycle.onStop('reads', () => reads.stop())
  const uses = createUseRecorder({ database, log })
  lifecycle.onStop('uses', () => uses.stop())

  const app = await createLinksApp({
    database,
    store,
    redis,
    producer,
    reads,
    uses,
    publicUrl: config.publicUrl,
    linkSigningKeys: config.linkSigningKeys,
    verificationKeys: config.jwtPublicKeys,
    corsOrigins: config.corsOrigins ?? [],
    anonymousPerMinute: config.anonymousPerMinute,
    trustProxy: config.trustProxy,
    log,
  })
  lifecycle.onStop('http', () => app.close())
  await app.listen({ port: config.port, host: config.host, backlog: LISTEN_BACKLOG })

  // Whichever service starts first makes the schema. Until then there is nothing to serve but refusals.
  await migrate(config.databaseUrl, {
    waitMs: Number.POSITIVE_INFINITY,
    onWaiting: (error) => log.warn({ err: error }, 'PostgreSQL cannot be reached; trying again until it can'),
  })
})
