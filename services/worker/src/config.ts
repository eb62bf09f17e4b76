import { availableParallelism } from 'node:os'
import {
  databaseUrl,
  host,
  integer,
  logLevel,
  oneOf,
  optional,
  port,
  redisUrl,
  storeUrl,
  type Variable,
  webhookAllowNetworks,
  webhookEncryptionKeys,
} from '@tintype/service-kit'

/** An account for anybody, so its password may be as weak as its owner likes. */
const demoAccount: Variable<{ username: string; password: string }> = {
  name: 'DEMO_ACCOUNT',
  description: 'name:password of a demo user, whose password and pictures are put back on a schedule',
  parse(value) {
    const [, username, password] = /^([\p{L}\p{N}][\p{L}\p{N}._-]{0,63}):(.{1,128})$/u.exec(value) ?? []
    if (username === undefined || password === undefined) {
      throw new Error('must be a user name, a colon, and a password of at most 128 characters')
    }
    return { username, password }
  },
}

/** What the worker reads from its environment. */
export const variables = {
  databaseUrl,
  redisUrl,
  storeUrl,
  // Decoding wants no way out to the internet and webhooks want one: a deployment may keep them apart.
  tasks: oneOf(
    'WORKER_TASKS',
    'what it does: all of it, webhooks alone, or pictures and upkeep alone',
    ['all', 'pictures', 'webhooks'],
    'all',
  ),
  webhookEncryptionKeys,
  webhookAllowNetworks,
  concurrency: integer('WORKER_CONCURRENCY', 'pictures in hand at once, each in a process of its own', {
    min: 1,
    max: 256,
    fallback: 2 * availableParallelism(),
  }),
  decodeTimeoutSeconds: integer('DECODE_TIMEOUT_SECONDS', 'how long the decoding of one picture may take', {
    min: 1,
    max: 3600,
    fallback: 60,
  }),
  decodeMaxMemoryMb: integer('DECODE_MAX_MEMORY_MB', 'how much memory one picture may take, in MiB', {
    min: 128,
    max: 1_048_576,
    fallback: 1536,
  }),
  conversionConcurrency: integer(
    'CONVERSION_CONCURRENCY',
    'pictures converted at their full size at once, besides one to AVIF, each in a process of its own',
    { min: 1, max: 256, fallback: Math.max(1, Math.floor(availableParallelism() / 2)) },
  ),
  conversionTimeoutSeconds: integer(
    'CONVERSION_TIMEOUT_SECONDS',
    'how long the conversion of one picture may take',
    { min: 1, max: 3600, fallback: 300 },
  ),
  avifMaxMegapixels: integer('AVIF_MAX_MEGAPIXELS', 'the largest picture that is converted to AVIF', {
    min: 0,
    max: 268,
    fallback: 24,
  }),
  evictAfterDays: integer(
    'EVICT_AFTER_DAYS',
    'after how many days unread a rendition is deleted, to come back on request; 0: never',
    { min: 0, max: 36_500, fallback: 7 },
  ),
  // A minute is far more than there is between an object's put and its row's commit.
  orphanMinAgeSeconds: integer(
    'ORPHAN_MIN_AGE_SECONDS',
    'how old an object that no row names must be to go',
    {
      min: 60,
      max: 31_536_000,
      fallback: 3600,
    },
  ),
  demoAccount: optional(demoAccount),
  demoResetMinutes: integer('DEMO_RESET_MINUTES', 'how often the demo account is put back', {
    min: 1,
    max: 10_080,
    fallback: 60,
  }),
  port: port(8081),
  host,
  logLevel,
}
