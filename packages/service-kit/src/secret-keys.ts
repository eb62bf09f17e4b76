import type { Variable } from './config.ts'

/** A secret under the id that what was made with it names it by. */
export interface SecretKey {
  id: string
  secret: Buffer
}

/** The length of HMAC-SHA-256's output: a shorter key would weaken it (RFC 2104 §3). */
const MIN_SECRET_BYTES = 32
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** A variable that holds the present key first, and after it those that what is still about was made with. */
export function secretKeys(name: string, description: string): Variable<[SecretKey, ...SecretKey[]]> {
  return {
    name,
    description: `${description}, as id:secret with 32 bytes or more in base64url, separated by commas`,
    parse(value) {
      const [first, ...rest] = value.split(',').map((entry) => parseKey(entry.trim()))
      if (first === undefined) throw new Error('must hold at least one key')
      const ids = [first, ...rest].map((key) => key.id)
      if (new Set(ids).size < ids.length) throw new Error('has two keys with the same id')
      return [first, ...rest]
    },
  }
}

/** @throws a sentence that shows nothing of the entry, since any part of it may be the secret. */
function parseKey(entry: string): SecretKey {
  const colon = entry.indexOf(':')
  const id = entry.slice(0, Math.max(colon, 0))
  const text = entry.slice(colon + 1)
  if (!KEY_ID.test(id) || !BASE64URL.test(text)) {
    throw new Error(
      'must hold keys like id:secret, the id of at most 32 letters, digits, - and _, the secret in base64url',
    )
  }
  const secret = Buffer.from(text, 'base64url')
  if (secret.length < MIN_SECRET_BYTES) throw new Error(`has a secret of less than ${MIN_SECRET_BYTES} bytes`)
  // Random bytes repeat themselves this much once in 10^26 times; a placeholder does.
  if (new Set(secret).size < 12) throw new Error('has a secret that is not random')
  return { id, secret }
}
