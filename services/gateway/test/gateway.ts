import { pathToFileURL } from 'node:url'
import { type Database, openDatabase } from '@tintype/database'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import {
  type Client,
  createTestDatabase,
  createTestFolder,
  createTestKeys,
  type Scope,
  type Service,
  type ServiceOptions,
  signIn,
  startService,
  startTestRedis,
  type TestKeys,
  type TestRedis,
} from '@tintype/testkit'
import t from 'tap'
import { type AnswerRecord, recordAnswers } from './answer-record.ts'

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' }

export interface GatewayOptions {
  /** On top of what the gateway needs. */
  env?: Record<string, string>
  /** In place of a fresh one, say that of a proxy in front of one. */
  databaseUrl?: string
  redisUrl?: string
  storeUrl?: string
  until?: NonNullable<ServiceOptions['until']>
}

export interface TestGateway {
  readonly url: string
  readonly service: Service
  /** Those started so far. */
  readonly services: readonly Service[]
  readonly keys: TestKeys
  readonly spoolDir: string
  /** A folder, unless `storeUrl` was told. */
  readonly storeDir: string
  /** What the gateway stands on, seen from behind it. */
  readonly database: Database
  readonly store: ObjectStore
  /** Its own, unless `redisUrl` was told. */
  readonly redis: TestRedis | undefined
  readonly answers: AnswerRecord
  signInAsAdmin(): Promise<Client>
  /** The same gateway once more: with the same stores, folders, keys and address. */
  startAgain(): Promise<Service>
  /** Another replica beside it, as behind a balancer. */
  startBeside(): Promise<Service>
}

let shared: Promise<TestGateway> | undefined

/**
 * The gateway of all tests in this process that neither end it nor want it set
 * up in another way: each makes users of its own.
 * It lives to the end of the process, not of the test that asked first.
 */
export function sharedGateway(): Promise<TestGateway> {
  shared ??= startGateway(t)
  return shared
}

/**
 * A gateway alone, as a real process: no worker makes renditions, no links
 * service answers. Its stores are its own.
 */
export async function startGateway(t: Scope, options: GatewayOptions = {}): Promise<TestGateway> {
  const databaseUrl = options.databaseUrl ?? (await createTestDatabase(t)).url
  const redis = options.redisUrl === undefined ? await startTestRedis(t) : undefined
  const storeDir = await createTestFolder(t)
  const storeUrl = options.storeUrl ?? pathToFileURL(storeDir).href
  const spoolDir = await createTestFolder(t)
  const keys = createTestKeys()
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis?.url ?? options.redisUrl ?? '',
    STORE_URL: storeUrl,
    SPOOL_DIR: spoolDir,
    JWT_PRIVATE_KEY: keys.jwtPrivateKey,
    WEBHOOK_ENCRYPTION_KEYS: keys.webhookEncryptionKeys,
    // Nobody listens there.
    LINKS_URL: 'http://127.0.0.1:8',
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    ...options.env,
  }
  const until = options.until ?? 'ready'
  const service = await startService(t, 'gateway', { env, until })
  const services = [service]
  const { url } = service
  const database = openDatabase(databaseUrl)
  t.teardown(() => database.close())
  const store = await createObjectStore(storeUrl)
  t.teardown(() => store.close())
  return {
    url,
    service,
    services,
    keys,
    spoolDir,
    storeDir,
    database,
    store,
    redis,
    answers: recordAnswers(t, url),
    signInAsAdmin: () => signIn(url, ADMIN),
    async startAgain() {
      const again = await startService(t, 'gateway', { env, port: Number(new URL(url).port), until })
      services.push(again)
      return again
    },
    async startBeside() {
      const beside = await startService(t, 'gateway', {
        env: { ...env, SPOOL_DIR: await createTestFolder(t) },
        until,
      })
      services.push(beside)
      return beside
    },
  }
}
