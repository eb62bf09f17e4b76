import { join } from 'node:path'
import { ROOT } from '../environment.ts'
import { type Child, type ChildOptions, startChild } from '../stores/child.ts'
import type { DataFolder } from './data-folder.ts'
import type { Secrets } from './secrets-file.ts'

export type ServiceName = 'gateway' | 'worker' | 'links'

export interface ServicePlan {
  name: ServiceName
  host: string
  port: number
  env: NodeJS.ProcessEnv
}

export interface PlanInput {
  /** What whoever starts this has set; everything but secrets goes to every service. */
  env: NodeJS.ProcessEnv
  data: DataFolder
  secrets: Secrets
  stores: { databaseUrl: string; redisUrl: string; storeUrl: string }
  publicUrl: string
  gateway: { host: string; port: number }
  privatePorts: { worker: number; links: number }
}

const LOOPBACK = '127.0.0.1'
/** Not for every service, or not meant for them at all. */
const NOT_PASSED_ON =
  /^(npm_|POSTGRES_|REDIS_|MINIO_|JWT_|ADMIN_USERNAME$|ADMIN_PASSWORD$|LINK_SIGNING_KEYS$|WEBHOOK_ENCRYPTION_KEYS$|HOST$|PORT$|TEST_)/

/** Which services run, where they listen, and what each of them is told. */
export function planServices(input: PlanInput): ServicePlan[] {
  const { secrets, stores, gateway, privatePorts } = input
  const common = {
    ...Object.fromEntries(Object.entries(input.env).filter(([name]) => !NOT_PASSED_ON.test(name))),
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    STORE_URL: stores.storeUrl,
    PUBLIC_URL: input.publicUrl,
    // Node keeps what it compiled (and stripped of types) for the next start.
    NODE_COMPILE_CACHE: join(input.data.path, 'compile-cache'),
  }
  const own: Record<ServiceName, { host: string; port: number; env: NodeJS.ProcessEnv }> = {
    gateway: {
      ...gateway,
      env: {
        LINKS_URL: `http://${LOOPBACK}:${privatePorts.links}`,
        SPOOL_DIR: input.env.SPOOL_DIR || join(input.data.path, 'spool'),
        JWT_PRIVATE_KEY: secrets.jwtPrivateKey,
        JWT_PUBLIC_KEYS: secrets.jwtPublicKeys,
        WEBHOOK_ENCRYPTION_KEYS: secrets.webhookEncryptionKeys,
        ADMIN_USERNAME: adminUsername(input.env),
        ADMIN_PASSWORD: secrets.adminPassword,
      },
    },
    worker: {
      host: LOOPBACK,
      port: privatePorts.worker,
      env: { WEBHOOK_ENCRYPTION_KEYS: secrets.webhookEncryptionKeys },
    },
    links: {
      host: LOOPBACK,
      port: privatePorts.links,
      env: {
        JWT_PUBLIC_KEYS: secrets.jwtPublicKeys,
        LINK_SIGNING_KEYS: secrets.linkSigningKeys,
        // The gateway says who asks.
        TRUST_PROXY: 'loopback',
      },
    },
  }
  const names: ServiceName[] = ['gateway', 'worker', 'links']
  return names.map((name) => {
    const { host, port, env } = own[name]
    return { name, host, port, env: { ...common, ...env, HOST: host, PORT: String(port) } }
  })
}

export function adminUsername(env: NodeJS.ProcessEnv): string {
  return env.ADMIN_USERNAME || 'admin'
}

/** Starts a service in its own folder, where no `.env` of the checkout's adds to what it is told. */
export function startService(
  plan: ServicePlan,
  runDir: string,
  output: ChildOptions['output'],
): Promise<Child> {
  const folder = join(ROOT, 'services', plan.name)
  const entry = join(folder, 'src', 'main.ts')
  return startChild({
    name: plan.name,
    command: process.execPath,
    args: [entry],
    marker: entry,
    cwd: folder,
    env: plan.env,
    runDir,
    output,
  })
}
