import { migrate, openDatabase } from '@tintype/database'
import { createProducer, PRODUCER_REDIS } from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import {
  connectRedis,
  createLifecycle,
  createLogger,
  createReadRecorder,
  disconnectRedis,
  LISTEN_BACKLOG,
  LISTENER_REDIS,
  runService,
} from '@tintype/service-kit'
import { createGateway } from './app.ts'
import { ensureFirstAdmin } from './auth/first-admin.ts'
import { variables } from './config.ts'
import { followLinksDocument } from './docs/links-document.ts'
import { createSpool } from './uploads/spool.ts'

/** How long requests under way may take to end after SIGTERM, in milliseconds. */
const DRAIN_MS = 30_000
const SPOOL_CLEANING_MS = 3_600_000

await runService('gateway', variables, async (config) => {
  const log = createLogger('gateway', config.logLevel)
  const lifecycle = createLifecycle(log, DRAIN_MS)

  await migrate(config.databaseUrl, {
    onWaiting: (error) => log.warn({ err: error }, 'PostgreSQL cannot be reached; trying again'),
  })
  const database = openDatabase(config.databaseUrl, { maxConnections: config.databaseConnections })
  lifecycle.onStop('database', () => database.close())
  await ensureFirstAdmin(
    database,
    {
      username: config.adminUsername,
      password: config.adminPassword,
      passwordMinLength: config.passwordMinLength,
    },
    log,
  )

  const store = await createObjectStore(config.storeUrl, { publicUrl: config.storePublicUrl })
  lifecycle.onStop('store', () => store.close())
  store.ping().catch((error: unknown) => log.warn({ err: error }, 'the object store cannot be reached'))
  const redis = connectRedis(config.redisUrl, PRODUCER_REDIS, log)
  lifecycle.onStop('redis', () => disconnectRedis(redis))
  const listenerRedis = connectRedis(config.redisUrl, LISTENER_REDIS, log)
  lifecycle.onStop('announcements', () => disconnectRedis(listenerRedis))
  const producer = createProducer(redis)
  lifecycle.onStop('producer', () => producer.close())

  const reads = createReadRecorder({ database, log })
  lifecycle.onStop('reads', () => reads.stop())

  const spool = await createSpool(config.spoolDir, config.spoolMaxMegabytes * 1024 ** 2)
  const cleanSpool = () =>
    spool.clean().then(
      (removed) => removed > 0 && log.info({ removed }, 'cleaned the spool'),
      (error: unknown) => log.error({ err: error }, 'could not clean the spool'),
    )
  await cleanSpool()
  const cleaning = setInterval(cleanSpool, SPOOL_CLEANING_MS)
  lifecycle.onStop('spool cleaning', () => clearInterval(cleaning))

  const linksDocument = followLinksDocument(config.linksUrl, log)
  lifecycle.onStop('links document', () => linksDocument[Symbol.dispose]())

  let origin = ''
  const app = await createGateway({
    log,
    database,
    store,
    redis,
    listenerRedis,
    producer,
    reads,
    spool,
    linksDocument,
    signingKey: config.jwtPrivateKey,
    verificationKeys: config.jwtPublicKeys ?? [],
    webhookEncryptionKeys: config.webhookEncryptionKeys,
    webhookAllowNetworks: config.webhookAllowNetworks,
    linksUrl: config.linksUrl,
    publicUrl: () => config.publicUrl ?? origin,
    trustProxy: config.trustProxy,
    corsOrigins: config.corsOrigins ?? [],
    anonymousPerMinute: config.anonymousPerMinute,
    passwordMinLength: config.passwordMinLength,
    adminPath: config.adminPath,
    consoleDir: config.consoleDir,
    uploadMinBytesPerSecond: config.uploadMinBytesPerSecond,
    uploadsInHand: config.uploadsInHand,
  })
  lifecycle.onStop('http', () => app.close())
  const address = await app.listen({ port: config.port, host: config.host, backlog: LISTEN_BACKLOG })
  origin = `http://localhost:${new URL(address).port}`
  log.info({ url: config.publicUrl ?? origin }, 'listening')
})
