import { createPublicKey, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'

// Plain JavaScript: `make-env.mjs` needs it on a machine that has Node 20 and
// nothing installed.

/** Without those that are taken for each other: 0 O, 1 l I. */
const PASSWORD_LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 116 bits. */
const PASSWORD_LENGTH = 20
const SECRET_KEY_BYTES = 32

/** @type {Record<string, (present: Record<string, string>) => string>} */
const MAKERS = {
  POSTGRES_PASSWORD: makePassword,
  REDIS_PASSWORD: makePassword,
  MINIO_ROOT_USER: () => 'tintype',
  MINIO_ROOT_PASSWORD: makePassword,
  JWT_PRIVATE_KEY: makeSigningKey,
  JWT_PUBLIC_KEYS: (present) => publicKeyOf(present.JWT_PRIVATE_KEY ?? ''),
  LINK_SIGNING_KEYS: makeSecretKey,
  WEBHOOK_ENCRYPTION_KEYS: makeSecretKey,
  ADMIN_USERNAME: () => 'admin',
  ADMIN_PASSWORD: makePassword,
}

/**
 * Makes up those of the named variables that have no value yet. A key that is
 * there keeps its place: its public half is derived from it.
 *
 * @param {readonly string[]} names
 * @param {Record<string, string | undefined>} present
 * @returns {Record<string, string>} what was made, and nothing else
 * @throws when JWT_PUBLIC_KEYS is set without the private key that belongs to it
 */
export function makeMissing(names, present) {
  if (present.JWT_PUBLIC_KEYS && !present.JWT_PRIVATE_KEY && names.includes('JWT_PRIVATE_KEY')) {
    throw new Error('JWT_PUBLIC_KEYS is set and JWT_PRIVATE_KEY is not: set both or neither')
  }
  /** @type {Record<string, string>} */
  const made = {}
  for (const name of names) {
    const make = MAKERS[name]
    if (present[name] || make === undefined) continue
    made[name] = make({ .../** @type {Record<string, string>} */ (present), ...made })
  }
  return made
}

function makePassword() {
  const letters = Array.from(
    { length: PASSWORD_LENGTH },
    () => PASSWORD_LETTERS[randomInt(PASSWORD_LETTERS.length)],
  )
  return letters.join('')
}

/** A secret with an id of its own. */
function makeSecretKey() {
  return `${randomBytes(4).toString('hex')}:${randomBytes(SECRET_KEY_BYTES).toString('base64url')}`
}

/** An Ed25519 key as PKCS #8 PEM. */
function makeSigningKey() {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** @param {string} privateKey PEM, its line ends real ones or `\n` as .env files write them */
function publicKeyOf(privateKey) {
  const key = createPublicKey(privateKey.replaceAll('\\n', '\n'))
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
