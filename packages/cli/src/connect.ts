import { type Client, type ClientOptions, createClient } from '@tintype/sdk'
import { keepTokens, readCurrent, readTokens } from './config.ts'
import { CommandError, EXIT } from './exit.ts'
import type { Io } from './io.ts'

/** What every command takes. */
export interface GlobalOptions {
  server?: string
  json?: boolean
}

export interface Connection {
  url: string
  client: Client
}

/** Where a server of one's own seldom has a certificate. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/i

/** The address of a server as it is kept: without what is the same with and without it. */
export function normalizeUrl(text: string): string {
  const assumed = LOOPBACK.test(text) ? 'http://' : 'https://'
  const withScheme = text.includes('://') ? text : assumed + text
  if (!/^https?:/i.test(withScheme) || !URL.canParse(withScheme))
    throw new CommandError(`«${text}» is no address of a server.`, EXIT.usage)
  const { origin, pathname } = new URL(withScheme)
  return origin + pathname.replace(/\/+$/, '')
}

/** The server that is meant. @throws CommandError where none is. */
export async function serverOf(io: Io, { server }: GlobalOptions): Promise<string> {
  const told = server ?? io.env.TINTYPE_URL ?? (await readCurrent(io))
  if (told !== undefined && told !== '') return normalizeUrl(told)
  throw new CommandError('Which server? Sign in with «tintype login URL», or set TINTYPE_URL.', EXIT.usage)
}

/** A client of the server that is meant, signed in. @throws CommandError where nobody is. */
export async function connect(
  io: Io,
  options: GlobalOptions,
  { patient = false }: { patient?: boolean } = {},
): Promise<Connection> {
  const url = await serverOf(io, options)
  const settings = settingsOf(io, url)
  // Nobody watches each file of many: what passes by itself is waited for.
  if (patient) settings.retry = { retries: 12, maxWaitMs: 120_000 }
  const { TINTYPE_API_KEY: apiKey, TINTYPE_TOKEN: token } = io.env
  if (apiKey) return { url, client: createClient({ ...settings, apiKey }) }
  if (token) return { url, client: createClient({ ...settings, token }) }

  const kept = await readTokens(io, url)
  if (kept === undefined) {
    throw new CommandError(`Nobody is signed in at ${url}: tintype login ${url}`, EXIT.notSignedIn)
  }
  const { accessToken, refreshToken, expiresAt } = kept
  const client = createClient({
    ...settings,
    token: accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { tokenExpiresAt: expiresAt }),
    onTokens: (tokens) => keepTokens(io, url, tokens),
    // Commands that run side by side share one session.
    reloadTokens: () => readTokens(io, url),
  })
  return { url, client }
}

/** What a client of a server is made with, whoever signs in. */
export function settingsOf({ env, signal }: Io, baseUrl: string): ClientOptions {
  return { baseUrl, signal, ...(env.TINTYPE_ADMIN_PATH ? { adminPath: env.TINTYPE_ADMIN_PATH } : {}) }
}
