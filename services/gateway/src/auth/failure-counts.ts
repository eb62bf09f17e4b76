import type { Log } from '@tintype/service-kit'
import type { Redis } from 'ioredis'

export interface FailureCount {
  failures: number
  /** Until they are forgotten. */
  remainingMs: number
}

/** Failures by key, each key's forgotten `windowMs` after its first. */
export interface FailureCounts {
  /** In the order of the keys. */
  read(keys: string[]): Promise<FailureCount[]>
  add(keys: string[], windowMs: number): Promise<void>
}

const READ = `
local counts = {}
for i, key in ipairs(KEYS) do
  counts[2 * i - 1] = tonumber(redis.call('GET', key) or '0')
  counts[2 * i] = math.max(redis.call('PTTL', key), 0)
end
return counts`

const ADD = `
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return 0`

interface Scripts {
  readFailures(numberOfKeys: number, ...keys: string[]): Promise<number[]>
  addFailures(numberOfKeys: number, ...keysAndWindow: (string | number)[]): Promise<number>
}

/**
 * Counts in Redis, for all replicas, and in this process for while Redis is
 * away: an attack that goes on when Redis goes finds the door closed still.
 *
 * @param redis whose commands fail when it is away, at once or within a second.
 */
export function createFailureCounts(redis: Redis, log: Log): FailureCounts {
  redis.defineCommand('readFailures', { lua: READ })
  redis.defineCommand('addFailures', { lua: ADD })
  const scripts = redis as Redis & Scripts
  const local = createLocalCounts()
  const names = (keys: string[]) => keys.map((key) => `login-failures:${key}`)
  const away = (error: unknown) => log.debug({ err: error }, 'logins are limited in this process alone')

  return {
    async read(keys) {
      try {
        const counts = await scripts.readFailures(keys.length, ...names(keys))
        return keys.map((_, i) => ({ failures: counts[2 * i] ?? 0, remainingMs: counts[2 * i + 1] ?? 0 }))
      } catch (error) {
        away(error)
        return local.read(keys)
      }
    },
    async add(keys, windowMs) {
      await local.add(keys, windowMs)
      await scripts.addFailures(keys.length, ...names(keys), windowMs).catch(away)
    },
  }
}

/** Keys remembered at most; those whose first failure is longest ago are forgotten first. */
const MAX_KEYS = 30_000

/** Counts in this process's memory. */
export function createLocalCounts(now = () => performance.now()): FailureCounts {
  const counts = new Map<string, { failures: number; endsAt: number }>()
  const live = (key: string) => {
    const count = counts.get(key)
    return count !== undefined && count.endsAt > now() ? count : undefined
  }

  return {
    read: async (keys) =>
      keys.map((key) => {
        const count = live(key)
        return { failures: count?.failures ?? 0, remainingMs: count === undefined ? 0 : count.endsAt - now() }
      }),
    async add(keys, windowMs) {
      for (const key of keys) {
        const count = live(key)
        if (count !== undefined) count.failures += 1
        else {
          counts.delete(key)
          counts.set(key, { failures: 1, endsAt: now() + windowMs })
        }
        const [oldest] = counts.keys()
        if (counts.size > MAX_KEYS && oldest !== undefined) counts.delete(oldest)
      }
    },
  }
}
