import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createObjectStore } from '@tintype/object-store'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { startPostgres } from '../stores/postgres.ts'
import { startRadosGateway } from '../stores/rados-gateway.ts'
import { startRedis } from '../stores/redis.ts'

export type StoreKind = 'file' | 's3'

export interface BenchStores {
  /** A new database, empty. */
  database(): Promise<string>
  /** Redis with nothing in it. */
  redis(): Promise<string>
  /** A store with nothing in it. Of which kind is STORE_URL's to say where that is set. */
  store(kind: StoreKind): Promise<string>
  /** Leaves stores that are not the run's own as they were found. */
  cleanUp(): Promise<void>
}

const PREFIXES = ['originals/', 'renditions/', 'installations/', 'uploads/', 'bench/']

/**
 * The stores that are measured on: those of DATABASE_URL, REDIS_URL and
 * STORE_URL, else embedded ones as `npm start` runs them (what they acknowledge
 * is on the disk), and a RADOS gateway for S3. Each starts when it is first asked for.
 *
 * @throws where a Redis or a store of somebody's is not empty: all that is in them would be lost.
 */
export function createBenchStores(options: {
  env: NodeJS.ProcessEnv
  folder: string
  runDir: string
  say: (line: string) => void
}): BenchStores {
  const { env, folder, runDir, say } = options
  const embedded = (name: string) => ({ dataDir: join(folder, name), runDir, say })
  const server = once(async () => env.DATABASE_URL || (await startPostgres(embedded('postgres'))).url)
  const redisUrl = once(async () => {
    if (!env.REDIS_URL) return (await startRedis(embedded('redis'))).url
    if ((await withRedis(env.REDIS_URL, (redis) => redis.dbsize())) > 0)
      throw new Error('REDIS_URL names a Redis that holds something: benches need one of their own.')
    return env.REDIS_URL
  })
  const s3 = once(async () => (await startRadosGateway(embedded('ceph'))).storeUrl)
  const given = once(async (url: string) => {
    if (!(await isEmpty(url)))
      throw new Error('STORE_URL names a store that holds something: benches need one of their own.')
    return url
  })
  const databases: string[] = []
  let folders = 0

  return {
    async database() {
      const url = new URL(await server())
      const name = `tintype_bench_${randomBytes(6).toString('hex')}`
      await execute(url.href, `CREATE DATABASE ${name} TEMPLATE template0`)
      databases.push(name)
      url.pathname = `/${name}`
      return url.href
    },
    async redis() {
      const url = await redisUrl()
      await withRedis(url, (redis) => redis.flushdb())
      return url
    },
    async store(kind) {
      if (env.STORE_URL) return emptied(await given(env.STORE_URL))
      if (kind === 's3') return emptied(await s3())
      folders += 1
      const path = join(folder, `objects-${folders}`)
      mkdirSync(path)
      return pathToFileURL(path).href
    },
    async cleanUp() {
      if (env.DATABASE_URL) {
        for (const name of databases)
          await execute(env.DATABASE_URL, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      }
      if (env.REDIS_URL) await withRedis(env.REDIS_URL, (redis) => redis.flushdb())
      if (env.STORE_URL) await emptied(env.STORE_URL)
    },
  }
}

function once<A extends unknown[], T>(make: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let made: Promise<T> | undefined
  return (...args) => {
    made ??= make(...args)
    return made
  }
}

async function emptied(url: string): Promise<string> {
  const store = await createObjectStore(url)
  for (const prefix of PREFIXES) await store.deletePrefix(prefix)
  store.close()
  return url
}

async function isEmpty(url: string): Promise<boolean> {
  const store = await createObjectStore(url)
  try {
    for await (const _object of store.list('')) return false
    return true
  } finally {
    store.close()
  }
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client.unsafe(statement)
  } finally {
    await client.end({ timeout: 5 })
  }
}
