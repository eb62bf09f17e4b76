import { createHash, randomBytes } from 'node:crypto'

/** Tells a key from an access token, and a scanner of published code what it has found. */
const PREFIX = 'ttk_'
const API_KEY = /^ttk_[A-Za-z0-9_-]{43}$/

/** What is kept of a key. It holds 256 random bits, so a plain hash is as good as a slow one. */
export interface StoredApiKey {
  sha256: string
  /** Its first characters, by which a person knows it again. */
  hint: string
}

/** Makes a new key. Nobody can be shown it again. */
export function makeApiKey(): StoredApiKey & { key: string } {
  const key = PREFIX + randomBytes(32).toString('base64url')
  return { key, sha256: sha256OfApiKey(key), hint: key.slice(0, PREFIX.length + 6) }
}

export function isApiKey(token: string): boolean {
  return API_KEY.test(token)
}

/** What a key is kept, and found again, by. */
export function sha256OfApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
