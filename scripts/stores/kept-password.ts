import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A store's password, made up once and kept beside its data (mode 0600): the
 * store's address stays the same when it is started again on the same port.
 */
export function keptPassword(dataDir: string): string {
  const path = join(dataDir, 'password')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}
