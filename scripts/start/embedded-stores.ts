import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startPostgres } from '../stores/postgres.ts'
import { startRedis } from '../stores/redis.ts'
import type { DataFolder } from './data-folder.ts'
import { keepRunning, type Running } from './keep-running.ts'

export interface Stores {
  databaseUrl: string
  redisUrl: string
  storeUrl: string
  /** Those that run as children. */
  running: Pick<Running, 'stop' | 'kill'>[]
}

/** Starts the stores for which no address is set, each in a folder of its own. */
export async function openStores(
  env: NodeJS.ProcessEnv,
  data: DataFolder,
  say: (line: string) => void,
): Promise<Stores> {
  const [postgres, redis] = await Promise.all([
    env.DATABASE_URL ? undefined : openPostgres(data, say),
    env.REDIS_URL ? undefined : openRedis(data, say),
  ])
  return {
    databaseUrl: env.DATABASE_URL || (postgres?.url ?? ''),
    redisUrl: env.REDIS_URL || (redis?.url ?? ''),
    storeUrl: env.STORE_URL || pathToFileURL(join(data.path, 'objects')).href,
    running: [postgres, redis].filter((store) => store !== undefined),
  }
}

async function openPostgres(data: DataFolder, say: (line: string) => void) {
  const options = {
    dataDir: join(data.path, 'postgres'),
    log: join(data.logs, 'postgres.log'),
    runDir: data.run,
  }
  const store = await startPostgres(options)
  const again = () => startPostgres({ ...options, port: store.port })
  return { url: store.url, ...keepRunning('postgres', store, again, say) }
}

async function openRedis(data: DataFolder, say: (line: string) => void) {
  const options = {
    dataDir: join(data.path, 'redis'),
    log: join(data.logs, 'redis.log'),
    runDir: data.run,
    say,
  }
  const store = await startRedis(options)
  const again = () => startRedis({ ...options, port: store.port })
  return { url: store.url, ...keepRunning('redis', store, again, say) }
}
