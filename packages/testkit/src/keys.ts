import { generateKeyPairSync, randomBytes } from 'node:crypto'

export interface TestKeys {
  jwtPrivateKey: string
  jwtPublicKeys: string
  linkSigningKeys: string
  webhookEncryptionKeys: string
}

/** Fresh keys in the form that the services read from their environment. */
export function createTestKeys(): TestKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    jwtPrivateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwtPublicKeys: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    linkSigningKeys: secretKey(),
    webhookEncryptionKeys: secretKey(),
  }
}

function secretKey(): string {
  return `test:${randomBytes(32).toString('base64url')}`
}
