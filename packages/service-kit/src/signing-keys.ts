import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Variable } from './config.ts'

/** A public key under the id that tokens name it by. */
export interface VerificationKey {
  kid: string
  pem: string
}

export interface SigningKey extends VerificationKey {
  privatePem: string
  /** A secret for another purpose, drawn from the same key (HKDF, RFC 5869). */
  derive(purpose: string): Buffer
}

const PEM_BLOCK = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g

/** The key that signs access tokens: an Ed25519 private key in PKCS #8 PEM. */
export const jwtPrivateKey: Variable<SigningKey> = {
  name: 'JWT_PRIVATE_KEY',
  description:
    'the Ed25519 private key that signs access tokens, PKCS #8 PEM (openssl genpkey -algorithm ed25519)',
  parse(value) {
    const key = ed25519(() => createPrivateKey(unescapeNewlines(value)), 'an Ed25519 private key in PEM')
    return {
      ...verificationKey(createPublicKey(key)),
      privatePem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      derive: (purpose) =>
        Buffer.from(
          hkdfSync('sha256', key.export({ type: 'pkcs8', format: 'der' }), '', `tintype ${purpose}`, 32),
        ),
    }
  },
}

/** The keys that access tokens are verified with: the present one and, while tokens of it live, the one before. */
export const jwtPublicKeys: Variable<VerificationKey[]> = {
  name: 'JWT_PUBLIC_KEYS',
  description: 'the Ed25519 public keys that verify access tokens, one PEM after the other',
  parse(value) {
    const blocks = unescapeNewlines(value).match(PEM_BLOCK) ?? []
    if (blocks.length === 0) throw new Error('must hold at least one public key in PEM')
    return blocks.map((block) =>
      verificationKey(ed25519(() => createPublicKey(block), 'Ed25519 public keys in PEM')),
    )
  },
}

/** Environment files hold a PEM in one line, with `\n` for its line ends. */
function unescapeNewlines(value: string): string {
  return value.replaceAll('\\n', '\n')
}

function ed25519(read: () => KeyObject, what: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new Error(`must be ${what}`) // without the cause: it may quote the key
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`must be ${what}`)
  return key
}

function verificationKey(key: KeyObject): VerificationKey {
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    kid: createHash('sha256').update(der).digest('base64url').slice(0, 16),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
