import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  anonymousPerMinute,
  corsOrigins,
  databaseUrl,
  host,
  integer,
  jwtPrivateKey,
  jwtPublicKeys,
  logLevel,
  optional,
  port,
  redisUrl,
  storePublicUrl,
  storeUrl,
  text,
  trustProxy,
  url,
  type Variable,
  webhookAllowNetworks,
  webhookEncryptionKeys,
} from '@tintype/service-kit'
import { DEFAULT_ADMIN_PATH } from './admin/admin-urls.ts'

/** First segments that are somebody else's, below `/` or `/v1/`. */
const TAKEN_SEGMENTS = [
  'account',
  'api-keys',
  'archives',
  'assets',
  'auth',
  'console',
  'docs',
  'events',
  'healthz',
  'images',
  'l',
  'links',
  'me',
  'metrics',
  'readyz',
  'tus',
  'uploads',
  'v1',
  'webhooks',
]

const adminPath: Variable<string> = {
  name: 'ADMIN_PATH',
  description: 'the segment that /v1/admin and /admin/queues have instead of «admin»',
  fallback: DEFAULT_ADMIN_PATH,
  parse(value) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(value)) {
      throw new Error('must be one segment of a path: at most 64 letters, digits, dashes and underscores')
    }
    if (TAKEN_SEGMENTS.includes(value)) throw new Error('must not be a segment that the API has already')
    return value
  },
}

/** What the gateway reads from its environment. */
export const variables = {
  databaseUrl,
  redisUrl,
  storeUrl,
  storePublicUrl,
  port: port(8080),
  host,
  logLevel,
  trustProxy,
  jwtPrivateKey,
  jwtPublicKeys: optional(jwtPublicKeys),
  webhookEncryptionKeys,
  webhookAllowNetworks,
  publicUrl: optional(
    url('PUBLIC_URL', 'the address that people reach the gateway at; http://localhost:PORT unless set', [
      'http:',
      'https:',
    ]),
  ),
  linksUrl: url('LINKS_URL', 'the address of the links service', ['http:', 'https:']),
  corsOrigins,
  anonymousPerMinute,
  adminUsername: text(
    'ADMIN_USERNAME',
    'the name of the first administrator, made when there is no user yet',
    'admin',
  ),
  adminPassword: optional(
    text('ADMIN_PASSWORD', 'the first administrator’s password, needed when there is no user yet'),
  ),
  adminPath,
  consoleDir: text(
    'CONSOLE_DIR',
    'the folder of the console’s built files',
    fileURLToPath(new URL('../../../packages/console/dist', import.meta.url)),
  ),
  passwordMinLength: integer('PASSWORD_MIN_LENGTH', 'characters that a new password has at least', {
    min: 7,
    max: 128,
    fallback: 12,
  }),
  spoolDir: text(
    'SPOOL_DIR',
    'the folder where uploads are held while they arrive',
    join(tmpdir(), 'tintype-spool'),
  ),
  spoolMaxMegabytes: integer('SPOOL_MAX_MB', 'the most that all uploads in arrival may hold on disk, in MB', {
    min: 1,
    max: 1_000_000,
    fallback: 4096,
  }),
  uploadMinBytesPerSecond: integer(
    'UPLOAD_MIN_BYTES_PER_SECOND',
    'an upload slower than this for 20 s is cut',
    {
      min: 0,
      max: 1_000_000_000,
      fallback: 1024,
    },
  ),
  uploadsInHand: integer(
    'UPLOADS_IN_HAND',
    'uploads that arrive quickly or wait for their answer; what comes on top is refused with 503',
    // A second or two of work.
    { min: 1, max: 10_000, fallback: 32 * availableParallelism() },
  ),
  databaseConnections: integer('DATABASE_CONNECTIONS', 'connections to PostgreSQL at most', {
    min: 1,
    max: 1000,
    // PostgreSQL has 100 for everybody unless told.
    fallback: Math.min(40, Math.max(10, availableParallelism() * 4)),
  }),
}
