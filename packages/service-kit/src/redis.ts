import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from './logger.ts'

/**
 * A connection that reconnects for ever and never keeps its owner waiting for
 * the first connect: a service starts without Redis and joins it later. Its
 * comings and goings are logged once each, not once a retry.
 */
export function connectRedis(url: string, options: Omit<RedisOptions, 'replyMapping'>, log: Logger): Redis {
  const { commandTimeout, ...others } = options
  const redis = new Redis(url, {
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
    connectTimeout: 2000,
    ...others,
  })
  if (commandTimeout !== undefined) limitAnswers(redis, commandTimeout)
  let away = false
  redis.on('error', (error: Error) => {
    if (away) return
    away = true
    log.warn({ err: error }, 'Redis cannot be reached; trying again until it can')
  })
  redis.on('ready', () => {
    if (away) log.info('Redis is reached again')
    away = false
  })
  return redis
}

/**
 * Gives up commands that Redis has not answered in time. ioredis can do so
 * itself, but then blames Redis for what this process was too busy to read: here
 * an answer that lies in the socket is read first.
 */
function limitAnswers(redis: Redis, timeoutMs: number): void {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    const giveUp = () => command.reject(new Error(`Redis did not answer within ${timeoutMs} ms`))
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs)
    const answered = () => clearTimeout(timer)
    command.promise.then(answered, answered)
    return send(command, stream)
  }
}

/** Ends a connection at once, connected or not. */
export function disconnectRedis(redis: Redis): void {
  redis.disconnect(false)
}
