import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SecretKey } from './secret-keys.ts'

const CIPHER = 'aes-256-gcm'
/** What GCM is made for (NIST SP 800-38D §8.2). */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts secrets that must be read again, for a database whose backups and replicas then hold nothing that signs. */
export interface SecretSealer {
  /** @param owner the row's id: the sealed secret opens in no other row. */
  seal(secret: string, owner: string): string
  /** @throws where it was sealed for another owner, by a key that is not there any more, or is damaged. */
  open(sealed: string, owner: string): string
}

/** AES-256-GCM. The first key seals, all open. */
export function createSecretSealer(keys: readonly [SecretKey, ...SecretKey[]]): SecretSealer {
  // The configured secret may be longer, and is used for nothing itself.
  const ciphers = new Map(
    keys.map(({ id, secret }) => [
      id,
      Buffer.from(hkdfSync('sha256', secret, '', 'tintype sealed secrets', 32)),
    ]),
  )
  const [{ id: sealingId }] = keys

  function keyOf(id: string): Buffer {
    const key = ciphers.get(id)
    if (key === undefined) throw new Error('a secret was sealed by a key that is not configured any more')
    return key
  }

  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, keyOf(sealingId), nonce).setAAD(Buffer.from(owner))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return `${sealingId}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`
    },
    open(sealed, owner) {
      const dot = sealed.indexOf('.')
      const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
      const tagEnd = NONCE_BYTES + TAG_BYTES
      const decipher = createDecipheriv(CIPHER, keyOf(sealed.slice(0, dot)), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(NONCE_BYTES, tagEnd))
      return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString()
    },
  }
}
