import type { BlockList } from 'node:net'
import fastifyCors from '@fastify/cors'
import type { Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import {
  type AnnouncementListener,
  createAddressGuard,
  createAnnouncer,
  createHttpServer,
  createMetrics,
  createSecretSealer,
  type HttpServer,
  type Logger,
  listenToAnnouncements,
  type ReadRecorder,
  registerAuth,
  registerHealth,
  registerMetrics,
  type SecretKey,
  type SigningKey,
  type VerificationKey,
} from '@tintype/service-kit'
import type { Redis } from 'ioredis'
import { registerAdmin } from './admin/register.ts'
import { registerApiKeys } from './api-keys/routes.ts'
import { registerArchives } from './archives/routes.ts'
import { createFailureCounts } from './auth/failure-counts.ts'
import { createLoginLimit } from './auth/login-limit.ts'
import { registerPasswordRoutes } from './auth/password-routes.ts'
import { createRefreshTokens } from './auth/refresh-token.ts'
import { registerAuthRoutes } from './auth/routes.ts'
import { registerSessionRoutes } from './auth/session-routes.ts'
import { registerConsole } from './console/routes.ts'
import { registerUploadContent } from './direct-uploads/content-route.ts'
import { registerDirectUploads } from './direct-uploads/routes.ts'
import type { LinksDocument } from './docs/links-document.ts'
import { registerDocs } from './docs/routes.ts'
import { registerEvents } from './events/routes.ts'
import { registerExport } from './exports/routes.ts'
import { createExportSender } from './exports/send.ts'
import { registerImageBytes } from './images/bytes-routes.ts'
import { registerImageChanges } from './images/change-routes.ts'
import { createRenditions } from './images/renditions.ts'
import { createUrls } from './images/representation.ts'
import { registerImages } from './images/routes.ts'
import { registerMe } from './me/routes.ts'
import { registerLinksProxy } from './proxy/links-proxy.ts'
import { registerResumableUploads } from './resumable-uploads/routes.ts'
import { createSignedIds } from './signed-ids.ts'
import { createIntake } from './uploads/intake.ts'
import { MAX_UPLOADS_PER_USER, registerUploads } from './uploads/routes.ts'
import type { Spool } from './uploads/spool.ts'
import { createUserTurns } from './uploads/user-turns.ts'
import { registerWebhookDeliveries } from './webhooks/delivery-routes.ts'
import { registerWebhooks } from './webhooks/routes.ts'

/** What pages of other origins may read of an answer, beside what any may. */
const EXPOSED_HEADERS = [
  'ETag',
  'Link',
  'Location',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Tintype-Image-Id',
  'Tus-Checksum-Algorithm',
  'Tus-Extension',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Expires',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-Request-Id',
]

export interface GatewayDependencies {
  log: Logger
  database: Database
  store: ObjectStore
  /** Made with `PRODUCER_REDIS`; need not be up yet. */
  redis: Redis
  /** Made with `LISTENER_REDIS`; need not be up yet. */
  listenerRedis: Redis
  producer: Producer
  reads: ReadRecorder
  spool: Spool
  linksDocument: LinksDocument
  signingKey: SigningKey
  verificationKeys: VerificationKey[]
  webhookEncryptionKeys: readonly [SecretKey, ...SecretKey[]]
  webhookAllowNetworks: BlockList | undefined
  linksUrl: string
  publicUrl: () => string
  trustProxy: boolean | string
  corsOrigins: string[]
  anonymousPerMinute: number
  passwordMinLength: number
  adminPath: string
  /** Where the console's built files are. */
  consoleDir: string
  uploadMinBytesPerSecond: number
  /** Uploads that may keep it busy at once: see `createIntake`. */
  uploadsInHand: number
}

/** The public API, from clients that the caller has made. It does not listen yet. */
export async function createGateway(dependencies: GatewayDependencies): Promise<HttpServer> {
  const { log, database, store, redis, producer, spool, signingKey, publicUrl, passwordMinLength } =
    dependencies
  const app = createHttpServer({ log, trustProxy: dependencies.trustProxy })
  const urls = createUrls(publicUrl)
  const announcer = createAnnouncer(redis, log)

  await app.register(fastifyCors, {
    // Asked of a list by itself, it would allow credentials to those that are not in it too.
    origin: (origin, allow) => allow(null, dependencies.corsOrigins.includes(origin ?? '')),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    // What asks for no more than the methods is answered as well.
    strictPreflight: false,
  })
  const auth = await registerAuth(app, dependencies)
  await registerDocs(app, dependencies)
  const registry = createMetrics('gateway')
  registerMetrics(app, registry)
  registerHealth(app, {
    postgres: { check: () => database.ping(), required: true },
    store: { check: () => store.ping(), required: true },
    // Uploads and reads go on without it.
    redis: { check: () => producer.ping(), required: false },
  })

  const loginLimit = createLoginLimit(createFailureCounts(redis, log))
  registerAuthRoutes(app, {
    auth,
    database,
    announcer,
    refreshTokens: createRefreshTokens(signingKey.derive('refresh tokens')),
    mintAccessToken: auth.mint,
    loginLimit,
    publicUrl,
  })
  registerPasswordRoutes(app, { auth, database, announcer, loginLimit, passwordMinLength })
  registerSessionRoutes(app, { auth, database, announcer })
  registerApiKeys(app, { auth, database, announcer })
  registerMe(app, { auth })
  registerImages(app, { auth, database, urls })
  registerImageChanges(app, { auth, database, producer, announcer, urls })
  const renditions = createRenditions({ database, producer })
  registerImageBytes(app, { auth, database, store, renditions, reads: dependencies.reads, urls })
  const accepting = { database, store, producer, announcer, spool }
  // In a scope of its own, so that the proxy below sends multipart bodies on as they are.
  const takeTurn = createUserTurns(MAX_UPLOADS_PER_USER)
  const intake = createIntake(dependencies.uploadsInHand)
  const minBytesPerSecond = dependencies.uploadMinBytesPerSecond
  await app.register((scope) =>
    registerUploads(scope, { ...accepting, auth, urls, minBytesPerSecond, takeTurn, intake }),
  )
  const signedUploads = createSignedIds(signingKey.derive('direct uploads'))
  const direct = { ...accepting, auth, urls, signedUploads, takeTurn }
  registerDirectUploads(app, direct)
  await app.register(async (scope) => registerUploadContent(scope, { ...direct, minBytesPerSecond }))
  const resumable = { ...accepting, auth, urls, redis, log, minBytesPerSecond }
  await app.register(async (scope) => registerResumableUploads(scope, resumable))
  const signedArchives = createSignedIds(signingKey.derive('archives'))
  registerArchives(app, { auth, database, store, producer, reads: dependencies.reads, urls, signedArchives })
  const events = registerEvents(app, { auth, database, registry, log })
  const listener: AnnouncementListener = {
    imagesChanged(ownerIds) {
      events.imagesChanged(ownerIds)
      renditions.hint(ownerIds)
    },
    accessChanged: events.accessChanged,
  }
  listenToAnnouncements(dependencies.listenerRedis, listener, log)
  registerWebhooks(app, {
    auth,
    database,
    sealer: createSecretSealer(dependencies.webhookEncryptionKeys),
    guard: createAddressGuard(dependencies.webhookAllowNetworks),
  })
  registerWebhookDeliveries(app, { auth, database })
  const sendExport = createExportSender({ database, store })
  registerExport(app, { auth, sendExport })
  await registerAdmin(app, { ...dependencies, auth, announcer, sendExport })
  await registerLinksProxy(app, dependencies)
  await registerConsole(app, dependencies)
  return app
}
