import type { Redis } from 'ioredis'
import { callRedis } from './redis-call.ts'

/**
 * How the connection must be made: a command that Redis does not answer at once
 * fails, and none is sent again after a reconnect, since a use sent twice would
 * be counted twice.
 */
export const LIVE_RECORD_REDIS = {
  enableOfflineQueue: false,
  commandTimeout: 1000,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: false,
} as const

/** Uses that a link has left; undefined where it has no such limit. */
export type UsesLeft = number | undefined

export type LiveLink = { id: string; remainingMs: number; usesLeft: UsesLeft }

/**
 * What Redis knows of links: that they live, for as long as they do, and how
 * many uses are left. Each call throws `RedisUnavailable` within a second when
 * Redis is away.
 */
export interface LiveRecord {
  /** Writes the record of a new link; it lives as long as the link. */
  write(link: LiveLink): Promise<void>
  /** Brings back the record of a link without a limit on uses after Redis lost it. */
  restore(link: { id: string; remainingMs: number }): Promise<void>
  /** Undefined where there is no record. */
  read(id: string): Promise<{ usesLeft: UsesLeft } | undefined>
  /** The records of many links in one call; undefined where there is none. */
  readAll(ids: string[]): Promise<({ usesLeft: UsesLeft } | undefined)[]>
  /** Takes one use, however many ask at once. @returns how many are left after it; undefined where there was none to take. */
  spend(id: string): Promise<number | undefined>
  /** Forgets links that were revoked. */
  forget(ids: string[]): Promise<void>
  /**
   * Takes one try at a link's password, before the password is looked at.
   *
   * @returns 0, or the seconds after which there is another try.
   */
  takeTry(id: string): Promise<number>
  /** Gives back the try of a password that was right. */
  giveTryBack(id: string): Promise<void>
}

/** Wrong passwords that a link takes within the window. */
export const MAX_WRONG_PASSWORDS = 10
const WRONG_PASSWORDS_WINDOW_MS = 15 * 60 * 1000

const UNLIMITED = 'unlimited'
/** DEL takes any number of keys; this keeps one call short. */
const FORGET_BATCH = 500

/** A record that is used up stays, at 0, until it expires: that answers a used-up link without PostgreSQL. */
const SPEND = `
local left = tonumber(redis.call('GET', KEYS[1]))
if not left or left < 1 then return -1 end
return redis.call('DECR', KEYS[1])`

const TAKE_TRY = `
local tries = tonumber(redis.call('GET', KEYS[1]) or '0')
if tries >= tonumber(ARGV[1]) then return math.max(redis.call('PTTL', KEYS[1]), 1) end
if tries == 0 then redis.call('SET', KEYS[1], '1', 'PX', ARGV[2]) else redis.call('INCR', KEYS[1]) end
return 0`

const GIVE_TRY_BACK = `
local tries = tonumber(redis.call('GET', KEYS[1]) or '0')
if tries > 0 then redis.call('DECR', KEYS[1]) end
return 0`

interface Scripts {
  spendLinkUse(key: string): Promise<number>
  takePasswordTry(key: string, max: number, windowMs: number): Promise<number>
  givePasswordTryBack(key: string): Promise<number>
}

/** The live record over a connection made with `LIVE_RECORD_REDIS`, which need not be up yet. */
export function createLiveRecord(redis: Redis): LiveRecord {
  redis.defineCommand('spendLinkUse', { numberOfKeys: 1, lua: SPEND })
  redis.defineCommand('takePasswordTry', { numberOfKeys: 1, lua: TAKE_TRY })
  redis.defineCommand('givePasswordTryBack', { numberOfKeys: 1, lua: GIVE_TRY_BACK })
  const scripts = redis as Redis & Scripts

  return {
    async write({ id, remainingMs, usesLeft }) {
      await callRedis(() => redis.set(keyOf(id), usesLeft ?? UNLIMITED, 'PX', wholeMs(remainingMs)))
    },
    async restore({ id, remainingMs }) {
      await callRedis(() => redis.set(keyOf(id), UNLIMITED, 'PX', wholeMs(remainingMs), 'NX'))
    },
    read: async (id) => parse(await callRedis(() => redis.get(keyOf(id)))),
    async readAll(ids) {
      if (ids.length === 0) return []
      const values = await callRedis(() => redis.mget(ids.map(keyOf)))
      return values.map(parse)
    },
    async spend(id) {
      const left = await callRedis(() => scripts.spendLinkUse(keyOf(id)))
      return left < 0 ? undefined : left
    },
    async forget(ids) {
      for (let from = 0; from < ids.length; from += FORGET_BATCH) {
        await callRedis(() => redis.del(ids.slice(from, from + FORGET_BATCH).map(keyOf)))
      }
    },
    async takeTry(id) {
      const waitMs = await callRedis(() =>
        scripts.takePasswordTry(triesKeyOf(id), MAX_WRONG_PASSWORDS, WRONG_PASSWORDS_WINDOW_MS),
      )
      return Math.ceil(waitMs / 1000)
    },
    async giveTryBack(id) {
      await callRedis(() => scripts.givePasswordTryBack(triesKeyOf(id)))
    },
  }
}

function keyOf(id: string): string {
  return `link:${id}`
}

function triesKeyOf(id: string): string {
  return `link-tries:${id}`
}

function wholeMs(ms: number): number {
  return Math.max(1, Math.floor(ms))
}

function parse(value: string | null): { usesLeft: UsesLeft } | undefined {
  if (value === null) return undefined
  return { usesLeft: value === UNLIMITED ? undefined : Number(value) }
}
