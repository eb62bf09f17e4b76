import type { Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import {
  createHttpServer,
  createMetrics,
  type HttpServer,
  type Logger,
  type ReadRecorder,
  registerAuth,
  registerHealth,
  registerMetrics,
  registerOpenApi,
  registerOpenApiDocument,
  type SecretKey,
  type VerificationKey,
} from '@tintype/service-kit'
import type { Redis } from 'ioredis'
import { createForgedTokenLimit } from './links/forged-token-limit.ts'
import { createLiveRecord } from './links/live-record.ts'
import { createPasswordCheck } from './links/password-check.ts'
import { createRenditionWait } from './links/rendition-wait.ts'
import { registerLinkRoutes } from './links/routes.ts'
import { createTokens } from './links/token.ts'
import type { UseRecorder } from './links/use-recorder.ts'
import { registerVisitRoute } from './links/visit-route.ts'

export interface LinksDependencies {
  database: Database
  store: ObjectStore
  /** Made with `LIVE_RECORD_REDIS`; need not be up yet. */
  redis: Redis
  producer: Producer
  reads: ReadRecorder
  uses: UseRecorder
  /** What every link begins with, without a slash at its end. */
  publicUrl: string
  /** The first one signs, all verify. */
  linkSigningKeys: SecretKey[]
  /** Of access tokens. */
  verificationKeys: VerificationKey[]
  corsOrigins: string[]
  anonymousPerMinute: number
  trustProxy: boolean | string
  log: Logger
}

/** The links service over clients that its caller made and closes. It does not listen yet. */
export async function createLinksApp(dependencies: LinksDependencies): Promise<HttpServer> {
  const { database, store, redis, producer, publicUrl, trustProxy, log } = dependencies
  const { verificationKeys, corsOrigins, anonymousPerMinute } = dependencies
  const app = createHttpServer({ log, trustProxy })
  const auth = await registerAuth(app, {
    database,
    verificationKeys,
    redis,
    anonymousPerMinute,
    publicUrl: () => publicUrl,
    corsOrigins,
  })
  registerMetrics(app, createMetrics('links'))
  registerHealth(app, {
    postgres: { check: () => database.ping(), required: true },
    redis: { check: async () => void (await redis.ping()), required: true },
    store: { check: async () => void (await store.ping()), required: true },
  })
  await registerOpenApi(app, {
    title: 'Tintype links',
    version: '1',
    description: 'Links that expire: to a picture or something made of it, for people who have no account.',
  })

  const tokens = createTokens(dependencies.linkSigningKeys)
  const record = createLiveRecord(redis)
  const renditions = createRenditionWait({ database, producer, log })
  registerLinkRoutes(app, { auth, database, record, renditions, tokens, publicUrl })
  registerVisitRoute(app, {
    auth,
    database,
    store,
    record,
    renditions,
    reads: dependencies.reads,
    uses: dependencies.uses,
    tokens,
    passwords: createPasswordCheck(record),
    forgedTokens: createForgedTokenLimit(),
  })

  registerOpenApiDocument(app)
  return app
}
