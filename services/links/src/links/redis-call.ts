import { ReplyError } from 'ioredis'
import { RedisUnavailable } from './errors.ts'

/** Refusals of a server that is there and cannot serve now: loading, full, a replica, without its disk. */
const CANNOT_SERVE =
  /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|OOM|READONLY|TRYAGAIN|WRONGPASS) /

/**
 * Makes one call to Redis. Whatever keeps it from being answered becomes
 * `RedisUnavailable`; that a command was wrong stays the fault it is.
 */
export async function callRedis<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ReplyError && !CANNOT_SERVE.test(messageOf(error))) throw error
    throw Object.assign(new RedisUnavailable(), { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
