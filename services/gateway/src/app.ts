import fastifyCors from '@fastify/cors'
import type { Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import {
  createHttpServer,
  createMetrics,
  type HttpServer,
  type Logger,
  registerAuth,
  registerHealth,
  registerMetrics,
  type SigningKey,
  type VerificationKey,
} from '@tintype/service-kit'
import { registerAdminTiers } from './admin/tiers-routes.ts'
import { registerAdminUsers } from './admin/users-routes.ts'
import { registerArchives } from './archives/routes.ts'
import { createRefreshTokens } from './auth/refresh-token.ts'
import { registerAuthRoutes } from './auth/routes.ts'
import { registerUploadContent } from './direct-uploads/content-route.ts'
import { registerDirectUploads } from './direct-uploads/routes.ts'
import type { LinksDocument } from './docs/links-document.ts'
import { registerDocs } from './docs/routes.ts'
import { registerImageChanges } from './images/change-routes.ts'
import { createUrls } from './images/representation.ts'
import { registerImages } from './images/routes.ts'
import { createThumbnails } from './images/thumbnails.ts'
import { registerMe } from './me/routes.ts'
import { registerLinksProxy } from './proxy/links-proxy.ts'
import { createSignedIds } from './signed-ids.ts'
import { MAX_UPLOADS_PER_USER, registerUploads } from './uploads/routes.ts'
import type { Spool } from './uploads/spool.ts'
import { createUserTurns } from './uploads/user-turns.ts'

export interface GatewayDependencies {
  log: Logger
  database: Database
  store: ObjectStore
  producer: Producer
  spool: Spool
  linksDocument: LinksDocument
  signingKey: SigningKey
  verificationKeys: VerificationKey[]
  linksUrl: string
  publicUrl: () => string
  trustProxy: boolean | string
  corsOrigins: string[]
  passwordMinLength: number
  uploadMinBytesPerSecond: number
}

/** The public API, from clients that the caller has made. It does not listen yet. */
export async function createGateway(dependencies: GatewayDependencies): Promise<HttpServer> {
  const { log, database, store, producer, spool, signingKey, verificationKeys, passwordMinLength } =
    dependencies
  const app = createHttpServer({ log, trustProxy: dependencies.trustProxy })
  const urls = createUrls(dependencies.publicUrl)

  await registerDocs(app, dependencies)
  registerMetrics(app, createMetrics('gateway'))
  registerHealth(app, {
    postgres: { check: () => database.ping(), required: true },
    store: { check: () => store.ping(), required: true },
    // Uploads and reads go on without it.
    redis: { check: () => producer.ping(), required: false },
  })
  await app.register(fastifyCors, {
    origin: dependencies.corsOrigins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  })
  const auth = await registerAuth(app, { database, signingKey, verificationKeys })

  registerAuthRoutes(app, {
    auth,
    database,
    refreshTokens: createRefreshTokens(signingKey.derive('refresh tokens')),
    mintAccessToken: auth.mint,
  })
  registerMe(app, { auth })
  const thumbnails = createThumbnails({ database, producer })
  registerImages(app, { auth, database, store, thumbnails, urls })
  registerImageChanges(app, { auth, database, producer, urls })
  // In a scope of its own, so that the proxy below sends multipart bodies on as they are.
  const takeTurn = createUserTurns(MAX_UPLOADS_PER_USER)
  const minBytesPerSecond = dependencies.uploadMinBytesPerSecond
  await app.register((scope) =>
    registerUploads(scope, { auth, database, store, producer, spool, urls, minBytesPerSecond, takeTurn }),
  )
  const signedUploads = createSignedIds(signingKey.derive('direct uploads'))
  const direct = { auth, database, store, producer, spool, urls, signedUploads, takeTurn }
  registerDirectUploads(app, direct)
  await app.register(async (scope) => registerUploadContent(scope, { ...direct, minBytesPerSecond }))
  const signedArchives = createSignedIds(signingKey.derive('archives'))
  registerArchives(app, { auth, database, store, urls, signedArchives })
  registerAdminUsers(app, { auth, database, urls, passwordMinLength })
  registerAdminTiers(app, { auth, database })
  await registerLinksProxy(app, dependencies)
  return app
}
