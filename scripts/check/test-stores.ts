import { join } from 'node:path'
import { migrate } from '@tintype/database'
import postgres from 'postgres'
import { startPostgres } from '../stores/postgres.ts'
import { startRadosGateway } from '../stores/rados-gateway.ts'
import { startRedis } from '../stores/redis.ts'
import type { ScratchFolder } from './scratch-folder.ts'

/**
 * Real stores for the tests, none of which outlives them. One whose address is
 * in the environment already (TEST_DATABASE_URL, TEST_REDIS_URL,
 * TEST_STORE_URL) is used as it is.
 * @returns the variables that the tests read.
 */
export async function startTestStores(
  scratch: ScratchFolder,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Record<string, string>> {
  const options = (name: string) => ({
    dataDir: join(scratch.path, name),
    runDir: scratch.run,
    ephemeral: true,
    say,
  })
  const [databaseUrl, redisUrl, storeUrl] = await Promise.all([
    env.TEST_DATABASE_URL || startPostgres(options('postgres')).then(({ url }) => url),
    env.TEST_REDIS_URL || startRedis(options('redis')).then(({ url }) => url),
    env.TEST_STORE_URL || startRadosGateway(options('ceph')).then((gateway) => gateway.storeUrl),
  ])
  const stores = { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl, TEST_STORE_URL: storeUrl }
  if (env.TEST_DATABASE_URL) return stores
  // One that was there before may have a template of another version.
  return { ...stores, TEST_DATABASE_TEMPLATE: await createTemplate(databaseUrl) }
}

/** A database that is migrated, and only copied: a hundred tests do not migrate one each. @returns its name. */
async function createTemplate(server: string): Promise<string> {
  const name = 'tintype_template'
  const client = postgres(server, { max: 1 })
  try {
    await client.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  await migrate(url.href)
  return name
}
