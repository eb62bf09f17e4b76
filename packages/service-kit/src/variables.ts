import { isIP } from 'node:net'
import { InvalidStoreUrl, parseStoreUrl } from '@tintype/object-store'
import { parseNetworks } from './address-guard.ts'
import { integer, oneOf, optional, text, url, type Variable } from './config.ts'
import { LOG_LEVELS } from './logger.ts'
import { secretKeys } from './secret-keys.ts'

/** The variables that more than one service reads, so that each is described once. */
export const databaseUrl = url('DATABASE_URL', 'PostgreSQL 15 or newer', ['postgres:', 'postgresql:'])
export const redisUrl = url('REDIS_URL', 'Redis 6.2 or newer, or Valkey', ['redis:', 'rediss:'])
export const storeUrl: Variable<string> = {
  name: 'STORE_URL',
  description: 's3://KEY:SECRET@host:port/bucket?region=…&tls=… or file:///path',
  parse(value) {
    try {
      parseStoreUrl(value)
    } catch (error) {
      // The parser's sentence goes on from the variable's name.
      throw error instanceof InvalidStoreUrl ? new Error(`is not usable: ${error.message}`) : error
    }
    return value
  },
}
export const storePublicUrl = optional(
  url('STORE_PUBLIC_URL', 'the address of the S3 server that browsers reach', ['http:', 'https:']),
)
export const logLevel = oneOf('LOG_LEVEL', `how much is logged: ${LOG_LEVELS.join(', ')}`, LOG_LEVELS, 'info')
export const host = text('HOST', 'the address to listen on', '0.0.0.0')

export const anonymousPerMinute = integer(
  'ANONYMOUS_PER_MINUTE',
  'requests that one address may make in a minute without an account',
  { min: 1, max: 1_000_000_000, fallback: 3000 },
)

/**
 * What webhooks' secrets are encrypted with in PostgreSQL. A key of their own:
 * the gateway makes secrets and the worker signs with them, and the worker has
 * neither of the other keys, which mint tokens and links.
 */
export const webhookEncryptionKeys = secretKeys(
  'WEBHOOK_ENCRYPTION_KEYS',
  'the keys that encrypt the secrets of webhooks (the first encrypts, all decrypt)',
)

export const webhookAllowNetworks = optional({
  name: 'WEBHOOK_ALLOW_NETWORKS',
  description: 'private networks that webhooks may deliver to, as CIDR ranges separated by commas',
  parse: parseNetworks,
})

/** Origins as browsers send them, so that they can be compared as text. */
export const corsOrigins = optional<string[]>({
  name: 'CORS_ORIGINS',
  description: 'origins whose pages may call the API, separated by commas',
  parse: (value) =>
    value.split(',').map((entry) => {
      const text = entry.trim()
      if (!URL.canParse(text) || new URL(text).origin !== text.replace(/\/$/, '')) {
        throw new Error('must be origins like https://app.example, separated by commas')
      }
      return new URL(text).origin
    }),
})

export function port(fallback: number) {
  return integer('PORT', 'the port to listen on', { min: 0, max: 65_535, fallback })
}

/** Names that Fastify knows for ranges of addresses (package proxy-addr). */
const ADDRESS_RANGES = ['loopback', 'linklocal', 'uniquelocal']

/**
 * Whose forwarding headers (`X-Forwarded-For`, `-Host`, `-Proto`) are believed.
 * Nobody's by default: a caller who may set them chooses the address that
 * limits and logs go by.
 */
export const trustProxy: Variable<boolean | string> = {
  name: 'TRUST_PROXY',
  description:
    'whose forwarding headers are believed: true, false, or addresses, CIDR ranges and loopback, linklocal, uniquelocal, separated by commas',
  fallback: 'false',
  parse(value) {
    if (value === 'true' || value === 'false') return value === 'true'
    const entries = value.split(',').map((entry) => entry.trim())
    if (!entries.every((entry) => ADDRESS_RANGES.includes(entry) || isAddressRange(entry))) {
      throw new Error(
        `must be true, false, or a list of addresses, CIDR ranges and ${ADDRESS_RANGES.join(', ')}`,
      )
    }
    return entries.join(',')
  },
}

function isAddressRange(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128))
}
