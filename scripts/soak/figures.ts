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
/** Finished jobs are kept up to a number of them, so that the first minutes of any installation add some. */
const FINISHED = ['completed', 'failed']

/** What V8 has in use of each service's heap. */
export const HEAP = 'heap in use'

export function createFigures({ processes, urls, sql, redisUrl }: Product): Figures {
  const redis = new Redis(redisUrl)

  async function ofService(name: ServiceName): Promise<Sample> {
    const pid = processes[name]?.pid ?? 0
    return {
      [`${name}: memory (MiB)`]: await treeMb(pid),
      [`${name}: ${HEAP} (MiB)`]: await heapMb(urls[name]),
      [`${name}: open files and sockets`]: await openFiles(pid),
    }
  }

  /** What is not a job's own: each has a key, and one that waits or runs a second one against doubles, and a third while it is locked. */
  async function keysOfRedis(): Promise<{ unfinished: number; beside: number }> {
    const finished = QUEUES.flatMap((queue) => FINISHED.map((state) => redis.zcard(`bull:${queue}:${state}`)))
    const waiting = QUEUES.map((queue) => redis.zcard(`bull:${queue}:prioritized`))
    const running = QUEUES.map((queue) => redis.llen(`bull:${queue}:active`))
    const [all, done, wait, run] = await Promise.all([
      redis.dbsize(),
      sum(finished),
      sum(waiting),
      sum(running),
    ])
    return { unfinished: wait + run, beside: Math.max(0, all - done - 2 * wait - 3 * run) }
  }

  async function ofStores(): Promise<Sample> {
    const [row] = await sql<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM pg_stat_activity WHERE datname = current_database()`
    const info = await redis.info('clients')
    const { unfinished, beside } = await keysOfRedis()
    return {
      'PostgreSQL: connections': row?.count ?? 0,
      'Redis: connections': Number(/^connected_clients:(\d+)/m.exec(info)?.[1]),
      'Redis: jobs that wait or run': unfinished,
      'Redis: keys beside jobs': beside,
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

async function heapMb(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^tintype_nodejs_heap_size_used_bytes\{.*\} (\S+)$/m.exec(text)?.[1]) / 1024 ** 2
}

async function sum(counts: Promise<number>[]): Promise<number> {
  return (await Promise.all(counts)).reduce((all, count) => all + count, 0)
}
