/** What no log may hold, whoever made it: all that opens a door to whoever reads it. */
const KINDS: Record<string, RegExp> = {
  'an access token': /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/,
  'a refresh token': /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d+\.[\w-]{20,}/,
  'an API key': /\bttk_[\w-]{20,}/,
  "a link's path": /\/l\/(?!\[token\])[\w%.-]+/i,
  "a link's token": /(?<![\w.-])[\w-]{32,74}\.[\w-]{43}(?![\w.-])/,
  'a signed address': /[?&](?:signature|x-amz-signature|x-amz-security-token)=/i,
  "a webhook's secret": /\bwhsec_[\w+/=-]{20,}/,
  'a session cookie': /\btintype_(?:access|refresh)=[^;\s"]/,
  'an Authorization header': /\b(?:Bearer|Basic) [\w.~+/=-]{16,}/,
  "a password's hash": /\$argon2/,
  'a private key': /BEGIN [A-Z ]*PRIVATE KEY/,
  // Not the example in a description.
  'an address with a password': /\b[a-z][a-z0-9+.-]*:\/\/(?!KEY:SECRET@)[^\s/:@"\\]*:[^\s/@"\\]+@/i,
}

/** Fields of the API's requests that are passwords. */
const PASSWORD_FIELDS = ['password', 'oldPassword', 'newPassword']

/** A shorter word, or one of fewer different characters, is in a log by chance; the product takes none for a password. */
const MIN_LENGTH = 12
const MIN_CHARACTERS = 4

/** Passwords that tests of this process sent, whoever to: none of them has a form that gives it away. */
const sent = new Set<string>()

/** Notes the passwords of a request, so that no log of a service may hold them from now on. */
export function notePasswords(json: unknown): void {
  if (typeof json !== 'object' || json === null) return
  for (const [name, value] of Object.entries(json)) {
    if (PASSWORD_FIELDS.includes(name) && typeof value === 'string') sent.add(value)
  }
}

/** The secrets in a service's environment, each as it would stand in a log. */
export function secretsOf(env: Record<string, string>): string[] {
  const { ADMIN_PASSWORD, DEMO_ACCOUNT, JWT_PRIVATE_KEY } = env
  const keys = [env.LINK_SIGNING_KEYS, env.WEBHOOK_ENCRYPTION_KEYS].flatMap((list) => list?.split(',') ?? [])
  const named = [DEMO_ACCOUNT, ...keys].map((entry) => entry?.slice(entry.indexOf(':') + 1))
  // The lines between the first and the last of a PEM.
  const pem = JWT_PRIVATE_KEY?.split(/\\n|\n/).filter((line) => !line.startsWith('-----')) ?? []
  const passwords = [env.DATABASE_URL, env.REDIS_URL, env.STORE_URL].flatMap((text) => {
    const { password = '' } = text !== undefined && URL.canParse(text) ? new URL(text) : {}
    return [password, decodeURIComponent(password)]
  })
  return [ADMIN_PASSWORD, ...named, ...pem, ...passwords].filter((one) => one !== undefined)
}

/**
 * What a log says that it must not: each line with the kind of secret in it.
 * Beside what a secret looks like, it is searched for those told here and for
 * every password that this process sent.
 */
export function leaksIn(log: readonly string[], secrets: readonly string[]): string[] {
  const values = [...new Set([...secrets, ...sent])].filter(
    (value) => value.length >= MIN_LENGTH && new Set(value).size >= MIN_CHARACTERS,
  )
  const text = log.join('\n')
  // Nearly always none is there at all, and looking once through everything tells it.
  const found = values.filter((value) => text.includes(value) || text.includes(asInJson(value)))
  const kinds = Object.entries(KINDS).filter(([, pattern]) => pattern.test(text))
  if (found.length === 0 && kinds.length === 0) return []
  return log.flatMap((line) => {
    const kind =
      kinds.find(([, pattern]) => pattern.test(line))?.[0] ??
      (found.some((value) => line.includes(value) || line.includes(asInJson(value))) &&
        'a secret it was given')
    return kind ? [`${kind}: ${line}`] : []
  })
}

/** A text as it stands in a JSON line. */
function asInJson(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}
