import {
  anonymousPerMinute,
  corsOrigins,
  databaseUrl,
  host,
  jwtPublicKeys,
  logLevel,
  port,
  redisUrl,
  storeUrl,
  trustProxy,
  url,
} from '@tintype/service-kit'
import { linkSigningKeys } from './links/signing-keys.ts'

/** What links reads from its environment. */
export const variables = {
  databaseUrl,
  redisUrl,
  storeUrl,
  publicUrl: url('PUBLIC_URL', 'the address that people reach links at; every link begins with it', [
    'http:',
    'https:',
  ]),
  jwtPublicKeys,
  linkSigningKeys,
  corsOrigins,
  anonymousPerMinute,
  trustProxy,
  port: port(8082),
  host,
  logLevel,
}
