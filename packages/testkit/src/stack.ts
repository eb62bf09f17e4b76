import { freePort } from '@tintype/scripts/stores'
import { createTestFileStore } from './bucket.ts'
import { type Client, type Credentials, signIn } from './client.ts'
import { createTestFolder } from './folder.ts'
import { createTestKeys } from './keys.ts'
import { createTestDatabase } from './postgres.ts'
import { startTestRedis, type TestRedis } from './redis.ts'
import type { Scope } from './scope.ts'
import { type Service, type ServiceName, type ServiceOptions, startService } from './service.ts'

export interface StackOptions {
  /** How many workers to start; 1 unless told. */
  workers?: number
  /** Extra environment of every service. */
  env?: Record<string, string>
  /** In place of a fresh database and an empty folder: addresses, say of proxies in front of them. */
  databaseUrl?: string
  storeUrl?: string
}

export interface Stack {
  /** Where people reach the product: the gateway. */
  readonly url: string
  readonly admin: Credentials
  readonly databaseUrl: string
  readonly storeUrl: string
  readonly redis: TestRedis
  readonly gateway: Service
  readonly links: Service
  /** Those started so far, ended ones included. */
  readonly workers: readonly Service[]
  signInAsAdmin(): Promise<Client>
  startWorker(options?: ServiceOptions): Promise<Service>
  /** Another gateway beside the first, as behind a balancer. */
  startGateway(options?: ServiceOptions): Promise<Service>
  startLinks(options?: ServiceOptions): Promise<Service>
}

/**
 * The whole product, apart from every other: a database, a Redis and a store of
 * its own, and the services as real processes. It is ready when this answers.
 */
export async function startStack(t: Scope, options: StackOptions = {}): Promise<Stack> {
  const databaseUrl = options.databaseUrl ?? (await createTestDatabase(t)).url
  const redis = await startTestRedis(t)
  const storeUrl = options.storeUrl ?? (await createTestFileStore(t)).storeUrl
  const admin = { username: 'admin', password: 'correct horse battery staple' }
  const keys = createTestKeys()
  const [gatewayPort, linksPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${gatewayPort}`

  const shared = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, STORE_URL: storeUrl, PUBLIC_URL: url }
  const environments = {
    gateway: {
      ...shared,
      JWT_PRIVATE_KEY: keys.jwtPrivateKey,
      JWT_PUBLIC_KEYS: keys.jwtPublicKeys,
      WEBHOOK_ENCRYPTION_KEYS: keys.webhookEncryptionKeys,
      LINKS_URL: `http://127.0.0.1:${linksPort}`,
      ADMIN_USERNAME: admin.username,
      ADMIN_PASSWORD: admin.password,
    },
    worker: { ...shared, WORKER_CONCURRENCY: '2', WEBHOOK_ENCRYPTION_KEYS: keys.webhookEncryptionKeys },
    links: { ...shared, JWT_PUBLIC_KEYS: keys.jwtPublicKeys, LINK_SIGNING_KEYS: keys.linkSigningKeys },
  }
  const start = (name: ServiceName, more: ServiceOptions = {}) =>
    startService(t, name, { ...more, env: { ...environments[name], ...options.env, ...more.env } })

  async function startGateway(more: ServiceOptions = {}): Promise<Service> {
    // A gateway cleans its spool at its start, so it is never shared.
    const spool = { SPOOL_DIR: await createTestFolder(t) }
    return start('gateway', { ...more, env: { ...spool, ...more.env } })
  }

  const workers: Service[] = []
  async function startWorker(more?: ServiceOptions): Promise<Service> {
    const worker = await start('worker', more)
    workers.push(worker)
    return worker
  }

  const [gateway, links] = await Promise.all([
    startGateway({ port: gatewayPort }),
    start('links', { port: linksPort }),
    ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
  ])
  return {
    url,
    admin,
    databaseUrl,
    storeUrl,
    redis,
    gateway,
    links,
    workers,
    signInAsAdmin: () => signIn(url, admin),
    startWorker,
    startGateway,
    startLinks: (more) => start('links', more),
  }
}
