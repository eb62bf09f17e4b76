/** What a session is carried on with. Keep it as you would a password. */
export interface Tokens {
  accessToken: string
  refreshToken?: string | undefined
  /** By this machine's clock, in milliseconds since 1970. */
  expiresAt?: number | undefined
}

/** How long before its end an access token is exchanged, so that none runs out on its way. */
const EARLY_MS = 30_000

export interface SessionOptions {
  tokens: Tokens | undefined
  /** Asks for new tokens; undefined where the session is over. */
  exchange(refreshToken: string | undefined): Promise<Tokens | undefined>
  /** Whether a browser carries the tokens, in cookies that no script reads: then none are kept here. */
  cookies: boolean
  /** Told of every change; undefined once the session is over. */
  onTokens?: ((tokens: Tokens | undefined) => unknown) | undefined
  /** Asked before an exchange: somebody else may have made one. */
  reload?: (() => Tokens | undefined | Promise<Tokens | undefined>) | undefined
}

export interface Session {
  replace(tokens: Tokens | undefined): Promise<void>
  /** The access token to send, exchanged before it runs out. */
  accessToken(): Promise<string | undefined>
  /**
   * After a 401: new tokens in place of those it was sent with.
   * @returns whether it is worth asking again.
   */
  renew(rejected: string | undefined): Promise<boolean>
}

/**
 * Keeps a session alive. However many requests find their token gone, one
 * exchange is made: a refresh token that is shown twice, late, ends its session.
 */
export function createSession(options: SessionOptions): Session {
  const { exchange, cookies, onTokens, reload } = options
  let tokens = cookies ? undefined : options.tokens
  let renewal: Promise<boolean> | undefined

  async function replace(next: Tokens | undefined): Promise<void> {
    if (cookies) return
    tokens = next
    await onTokens?.(next)
  }

  async function carryOn(): Promise<boolean> {
    // The server sets cookies in return for the cookie alone.
    if (cookies) return (await exchange(undefined)) !== undefined
    const before = tokens
    const others = await reload?.()
    // Who has signed in or out meanwhile has decided what holds.
    if (tokens !== before) return tokens !== undefined
    if (others !== undefined && others.accessToken !== before?.accessToken) {
      tokens = others
      if (!endsSoon(others)) return true
    }
    const exchanged = tokens
    if (exchanged?.refreshToken === undefined) return false
    const next = await exchange(exchanged.refreshToken)
    if (tokens !== exchanged) return tokens !== undefined
    await replace(next)
    return next !== undefined
  }

  function renewOnce(): Promise<boolean> {
    renewal ??= carryOn().finally(() => {
      renewal = undefined
    })
    return renewal
  }

  return {
    replace,
    async accessToken() {
      if (renewal !== undefined) await renewal.catch(() => false)
      if (tokens?.refreshToken !== undefined && endsSoon(tokens)) {
        // Where it fails the token may be good for a while; a 401 tells.
        await renewOnce().catch(() => false)
      }
      return tokens?.accessToken
    },
    async renew(rejected) {
      if (tokens !== undefined && tokens.accessToken !== rejected) return true
      return renewOnce()
    },
  }
}

function endsSoon({ accessToken, expiresAt = expiryOf(accessToken) }: Tokens): boolean {
  return expiresAt !== undefined && expiresAt - Date.now() < EARLY_MS
}

/** When a JSON Web Token says it ends. It is not verified: who has it decides nothing by it. */
function expiryOf(token: string): number | undefined {
  const [, payload = ''] = token.split('.')
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown }
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
