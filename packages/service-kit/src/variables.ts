import { integer, oneOf, optional, text, url } from './config.ts'
import { LOG_LEVELS } from './logger.ts'

/** The variables that more than one service reads, so that each is described once. */
export const databaseUrl = url('DATABASE_URL', 'PostgreSQL 15 or newer', ['postgres:', 'postgresql:'])
export const redisUrl = url('REDIS_URL', 'Redis 6.2 or newer, or Valkey', ['redis:', 'rediss:'])
export const storeUrl = text('STORE_URL', 's3://KEY:SECRET@host:port/bucket?region=…&tls=… or file:///path')
export const storePublicUrl = optional(
  url('STORE_PUBLIC_URL', 'the address of the S3 server that browsers reach', ['http:', 'https:']),
)
export const logLevel = oneOf('LOG_LEVEL', `how much is logged: ${LOG_LEVELS.join(', ')}`, LOG_LEVELS, 'info')
export const host = text('HOST', 'the address to listen on', '0.0.0.0')

export function port(fallback: number) {
  return integer('PORT', 'the port to listen on', { min: 0, max: 65_535, fallback })
}
