import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { makeMissing } from '../secrets.mjs'

/** What the services sign, verify, encrypt and let the administrator in with. */
export interface Secrets {
  jwtPrivateKey: string
  jwtPublicKeys: string
  linkSigningKeys: string
  webhookEncryptionKeys: string
  adminPassword: string
  /** Whether the password was made up here, and not set by whoever starts this. */
  adminPasswordMadeUp: boolean
}

const KEPT = ['JWT_PRIVATE_KEY', 'LINK_SIGNING_KEYS', 'WEBHOOK_ENCRYPTION_KEYS', 'ADMIN_PASSWORD']

/**
 * Takes secrets from the environment; those that are not set are made up once
 * and kept in `file` (mode 0600).
 * @throws when JWT_PUBLIC_KEYS is set without JWT_PRIVATE_KEY, and when `file` is damaged.
 */
export function loadSecrets(file: string, env: NodeJS.ProcessEnv): Secrets {
  if (env.JWT_PUBLIC_KEYS && !env.JWT_PRIVATE_KEY) {
    throw new Error('JWT_PUBLIC_KEYS is set and JWT_PRIVATE_KEY is not: set both or neither.')
  }
  const kept = readKept(file)
  const given = Object.fromEntries(KEPT.map((name) => [name, env[name] || undefined]))
  const made = makeMissing(KEPT, { ...kept, ...defined(given) })
  if (Object.keys(made).length > 0) writeKept(file, { ...kept, ...made })
  const values: Record<string, string> = { ...kept, ...made, ...defined(given) }
  const present = { JWT_PRIVATE_KEY: values.JWT_PRIVATE_KEY, JWT_PUBLIC_KEYS: env.JWT_PUBLIC_KEYS }
  return {
    jwtPrivateKey: values.JWT_PRIVATE_KEY ?? '',
    jwtPublicKeys: env.JWT_PUBLIC_KEYS || (makeMissing(['JWT_PUBLIC_KEYS'], present).JWT_PUBLIC_KEYS ?? ''),
    linkSigningKeys: values.LINK_SIGNING_KEYS ?? '',
    webhookEncryptionKeys: values.WEBHOOK_ENCRYPTION_KEYS ?? '',
    adminPassword: values.ADMIN_PASSWORD ?? '',
    adminPasswordMadeUp: !given.ADMIN_PASSWORD,
  }
}

function readKept(file: string): Record<string, string> {
  if (!existsSync(file)) return {}
  chmodSync(file, 0o600)
  const value = parseObject(readFileSync(file, 'utf8'))
  if (value === undefined || !isOfStrings(value)) {
    throw new Error(
      `${file} is damaged: put it back from a backup, or delete it and new secrets are made, which ends ` +
        'every session and link, leaves webhooks without a secret and the administrator the old password.',
    )
  }
  return value
}

/** What the parser says of text that is no JSON quotes it, and nobody is to see secrets. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isOfStrings(value: object): value is Record<string, string> {
  return Object.values(value).every((one) => typeof one === 'string')
}

/** Whole or not at all: half a file would make the sessions and links of a first start worthless. */
function writeKept(file: string, values: Record<string, string>): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]))
}
