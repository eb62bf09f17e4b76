import type { ServiceName } from '@tintype/testkit'
import { Redis } from 'ioredis'
import { openFiles, treeMb } from '../bench/processes.ts'
import type { Product } from '../bench/product.ts'

/** One look at everything that could grow, by what it is called in the report. */
export type Sample = Record<string, number>

export interface Figures {
  /** In which unit each is told. */
  take(): Promise<Sample>
  close(): void
}

const QUEUES = ['renditions', 'conversions', 'avif', 'maintenance', 'webhooks']
/** States whose jobs are kept for a while, up to a number of them, so that the first minutes of any installation add some. */
const KEPT_STATES = ['completed', 'failed']

export function createFigures({ processes, sql, redisUrl }: Product): Figures {
  const redis = new Redis(redisUrl)

  async function ofService(name: ServiceName): Promise<Sample> {
    const pid = processes[name]?.pid ?? 0
    return {
      [`${name}: memory (MiB)`]: await treeMb(pid),
      [`${name}: open files and sockets`]: await openFiles(pid),
    }
  }

  /** Every finished job that is kept is a key. */
  async function keysBesideKeptJobs(): Promise<number> {
    const sets = QUEUES.flatMap((queue) => KEPT_STATES.map((state) => `bull:${queue}:${state}`))
    const [all, ...kept] = await Promise.all([redis.dbsize(), ...sets.map((set) => redis.zcard(set))])
    return all - kept.reduce((sum, count) => sum + count, 0)
  }

  async function ofStores(): Promise<Sample> {
    const [row] = await sql<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM pg_stat_activity WHERE datname = current_database()`
    const info = await redis.info('clients')
    return {
      'PostgreSQL: connections': row?.count ?? 0,
      'Redis: connections': Number(/^connected_clients:(\d+)/m.exec(info)?.[1]),
      'Redis: keys beside finished jobs': await keysBesideKeptJobs(),
    }
  }

  return {
    async take() {
      const parts = await Promise.all([
        ofService('gateway'),
        ofService('worker'),
        ofService('links'),
        ofStores(),
      ])
      return Object.assign({}, ...parts)
    },
    close: () => redis.disconnect(),
  }
}
