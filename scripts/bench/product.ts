import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '@tintype/database'
import { TIER_DEFAULTS, TIER_LIMITS, type TierGrants } from '@tintype/domain'
import { type Client, createUser, signIn, type TestUser } from '@tintype/testkit'
import postgres, { type Sql } from 'postgres'
import { untilReady } from '../start/ready.ts'
import { loadSecrets } from '../start/secrets-file.ts'
import {
  adminUsername,
  planServices,
  type ServiceName,
  type ServicePlan,
  startService,
} from '../start/services.ts'
import type { Child } from '../stores/child.ts'
import { freePort } from '../stores/free-port.ts'
import type { BenchStores, StoreKind } from './stores.ts'

const HOST = '127.0.0.1'

export interface ProductOptions {
  services: ServiceName[]
  store: StoreKind
  /** On top of what `npm start` tells every service. */
  env?: Record<string, string>
}

/** Services as processes, told what `npm start` tells them, on stores with nothing in them. */
export interface Product {
  url: string
  /** Where each service itself listens. */
  urls: Record<ServiceName, string>
  databaseUrl: string
  redisUrl: string
  storeUrl: string
  /** Where each service's log is, by its name. */
  logs: string
  /** Those that were asked for. */
  processes: Partial<Record<ServiceName, Child>>
  /** A few connections to its database, for what no API shows. */
  sql: Sql
  signInAsAdmin(): Promise<Client>
  /** Users of a new tier, which has no limit that a load would meet. */
  createUsers(count: number, grants?: Partial<TierGrants>): Promise<{ tierId: string; users: TestUser[] }>
  /** Starts one of its services (again); it is ready then. */
  start(name: ServiceName): Promise<Child>
}

interface Surroundings {
  stores: BenchStores
  folder: string
  runDir: string
  teardown(end: () => unknown): void
}

export async function startProduct(around: Surroundings, options: ProductOptions): Promise<Product> {
  const { stores, folder, runDir, teardown } = around
  const [databaseUrl, redisUrl, storeUrl] = await Promise.all([
    stores.database(),
    stores.redis(),
    stores.store(options.store),
  ])
  // A worker is ready before the first one of all has made the schema.
  await migrate(databaseUrl)
  const data = { path: join(folder, 'data'), logs: join(folder, 'logs'), run: runDir, release() {} }
  for (const path of [data.path, data.logs]) mkdirSync(path, { recursive: true })
  const ports = { gateway: await freePort(), worker: await freePort(), links: await freePort() }
  const secrets = loadSecrets(join(data.path, 'secrets.json'), {})
  const urlOf = (name: ServiceName) => `http://${HOST}:${ports[name]}`
  const url = urlOf('gateway')
  const plans = planServices({
    // Loads come from one address and without an account.
    env: { PATH: process.env.PATH, ANONYMOUS_PER_MINUTE: '1000000000', ...options.env },
    data,
    secrets,
    stores: { databaseUrl, redisUrl, storeUrl },
    publicUrl: url,
    gateway: { host: HOST, port: ports.gateway },
    privatePorts: ports,
  })

  const processes: Product['processes'] = {}
  async function start(name: ServiceName): Promise<Child> {
    const plan = plans.find((one) => one.name === name)
    if (plan === undefined) throw new Error(`there is no service ${name}`)
    const child = await bringUp(plan, data)
    processes[name] = child
    return child
  }
  const sql = postgres(databaseUrl, { max: 4, onnotice: () => {} })
  teardown(async () => {
    await Promise.all(Object.values(processes).map((child) => child.stop()))
    await sql.end({ timeout: 5 })
  })
  await Promise.all(options.services.map(start))

  const signInAsAdmin = () => signIn(url, { username: adminUsername({}), password: secrets.adminPassword })
  return {
    url,
    urls: { gateway: url, worker: urlOf('worker'), links: urlOf('links') },
    databaseUrl,
    redisUrl,
    storeUrl,
    logs: data.logs,
    processes,
    sql,
    signInAsAdmin,
    start,
    async createUsers(count, grants = {}) {
      const admin = await signInAsAdmin()
      const tier = { name: `Bench ${Date.now()}`, ...unlimited(), ...grants }
      const made = await admin.post<{ id: string }>('/v1/admin/tiers', tier)
      if (made.status !== 201) throw new Error(`a tier was answered with ${made.status}: ${made.bytes}`)
      const users: TestUser[] = []
      for (let at = 0; at < count; at += 1) users.push(await createUser(admin, { tier: made.body.id }))
      return { tierId: made.body.id, users }
    },
  }
}

async function bringUp(plan: ServicePlan, data: { logs: string; run: string }): Promise<Child> {
  const log = join(data.logs, `${plan.name}.log`)
  // Lines that are read here would take a share of the cores.
  const child = await startService(plan, data.run, { file: log })
  await untilReady(plan.name, `http://${plan.host}:${plan.port}`, child, log)
  return child
}

/** Two heights, links, and no limit that a load would meet. */
export function unlimited(): TierGrants {
  return {
    ...TIER_DEFAULTS,
    thumbnailHeights: [200, 400],
    originalAccess: true,
    linkAccess: true,
    maxUploadBytes: 1024 ** 3,
    quotaBytes: Number.MAX_SAFE_INTEGER,
    quotaImages: 2_000_000_000,
    readsPerMinute: TIER_LIMITS.perMinute,
    uploadsPerMinute: TIER_LIMITS.perMinute,
    linksPerMinute: TIER_LIMITS.perMinute,
  }
}
