import createApi, { type Client as ApiClient } from 'openapi-fetch'
import { createApiKeys, createSessions, exportMe, readMe } from './account.ts'
import { createAdmin } from './admin.ts'
import type { paths } from './api.ts'
import { bodyOf, type CallOptions, type Context } from './context.ts'
import type { Download } from './download.ts'
import { notTintype, parseJson, readError } from './errors.ts'
import { createEventHub, type ResetEvent } from './event-hub.ts'
import { streamEvents } from './events.ts'
import { createImages } from './images.ts'
import { eitherOf } from './pause.ts'
import { createSession, type Tokens } from './session.ts'
import { createArchives, createLinks } from './sharing.ts'
import {
  createTransport,
  isIdempotent,
  PASSING,
  type RetryOptions,
  readWhole,
  type SendOptions,
} from './transport.ts'
import type { ImageEvent, Login, User } from './types.ts'

export interface ClientOptions {
  /** Where the product is reached, say `https://pictures.example.com`. */
  baseUrl: string
  /** An API key, in place of a session. */
  apiKey?: string
  /** An access token, with its refresh token where the session is to be carried on. */
  token?: string
  refreshToken?: string
  /** When the token ends, in milliseconds since 1970 by this machine's clock; as the token says unless told. */
  tokenExpiresAt?: number
  /** For pages: the tokens are in cookies that no script reads, nor this client. `include` where the API is on another origin. */
  cookies?: boolean | 'include'
  /** Told of new tokens, and of none once the session is over: keep them where the next start finds them. */
  onTokens?: (tokens: Tokens | undefined) => unknown
  /** Where others carry on the same session: the tokens as they are kept, asked before an exchange. */
  reloadTokens?: () => Tokens | undefined | Promise<Tokens | undefined>
  /** In place of the platform's own. */
  fetch?: typeof globalThis.fetch
  retry?: RetryOptions
  /** Ends whatever is under way; nothing is asked afterwards. */
  signal?: AbortSignal
  /** The server's ADMIN_PATH, where it is not `admin`. */
  adminPath?: string
}

export interface EventOptions extends CallOptions {
  /** Goes on after this event, as told by its `id`. */
  lastEventId?: string
  /** Everybody's, for administrators and auditors. */
  all?: boolean
}

export interface Client {
  /** Every operation of the API by its path, typed by its document: answers are `{ data, error, response }`. */
  readonly api: ApiClient<paths>
  readonly images: ReturnType<typeof createImages>
  readonly links: ReturnType<typeof createLinks>
  readonly archives: ReturnType<typeof createArchives>
  readonly apiKeys: ReturnType<typeof createApiKeys>
  readonly sessions: ReturnType<typeof createSessions>
  readonly admin: ReturnType<typeof createAdmin>
  /** Signs in; the client goes on by itself from then on. */
  login(username: string, password: string): Promise<Login>
  /** Ends the session, at once and everywhere. */
  logout(): Promise<void>
  /** Ends every session of the user's, this one too. */
  logoutAll(): Promise<void>
  /** Ends every other session. */
  changePassword(oldPassword: string, newPassword: string): Promise<void>
  /** Who I am, my tier, what I use of it. */
  me(): Promise<User>
  /** All that is kept of me, as a Zip. */
  export(options?: CallOptions): Promise<Download>
  /** What happens to my images, as it happens, over lost connections. */
  events(options?: EventOptions): AsyncGenerator<ImageEvent | ResetEvent, void>
}

/** Signing in and carrying on are answered soon or never; everybody waits for them. */
const TOKENS_TIMEOUT_MS = 30_000

/** A client of one product, signed in or not. @throws TypeError where `baseUrl` is no URL. */
export function createClient(options: ClientOptions): Client {
  const { apiKey, adminPath = 'admin', cookies = false } = options
  const base = options.baseUrl.replace(/\/+$/, '')
  if (!URL.canParse(base)) throw new TypeError(`baseUrl: «${options.baseUrl}» is no URL`)
  const fetch = options.fetch ?? ((...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args))
  const credentials = cookies === 'include' ? 'include' : undefined
  const urlOf = (path: string) => base + path

  const session = createSession({
    tokens: tokensOf(options),
    exchange,
    cookies: cookies !== false,
    onTokens: options.onTokens,
    reload: options.reloadTokens,
  })
  const transport = createTransport({ session, apiKey, signal: options.signal }, options.retry)
  const api = createApi<paths>({
    baseUrl: base,
    Request: adminPath === 'admin' ? Request : requestsBelow(`${base}/v1/admin/`, `${base}/v1/${adminPath}/`),
    fetch: async (request: Request) => {
      const { url, method, signal, credentials } = request
      // Not as a stream: it may be sent again, and browsers send those over HTTP/2 alone.
      const body = await request.arrayBuffer()
      let isLost = false
      const response = await transport.send(
        async (added, signal) => {
          const headers = new Headers(request.headers)
          for (const [name, value] of Object.entries(added)) headers.set(name, value)
          const whole = body.byteLength === 0 ? {} : { body }
          const wasLost = isLost
          isLost = true
          const begun = await fetch(new Request(url, { method, headers, signal, credentials, ...whole }))
          const answer = isJson(begun) ? await readWhole(begun) : begun
          isLost = wasLost || PASSING.has(answer.status)
          return answer
        },
        { isSafe: isIdempotent(method), signal },
      )
      // An earlier try did it, whose answer was lost.
      if (method === 'DELETE' && isLost && response.status === 404) return new Response(null, { status: 204 })
      return response
    },
    ...(credentials === undefined ? {} : { credentials }),
  })
  const createHub = (query = '') =>
    createEventHub({
      transport,
      open: (headers, signal) =>
        fetch(urlOf(`/v1/events${query}`), {
          headers,
          signal,
          ...(credentials === undefined ? {} : { credentials }),
        }),
    })
  const { signal } = options
  const context: Context = { api, transport, fetch, credentials, urlOf, events: createHub(), signal }

  /** Signing in and carrying on: what a session is made of, so without one. */
  async function postTokens(path: string, body: object | undefined, options: SendOptions): Promise<Response> {
    return transport.send(
      async (_added, signal) => {
        const answer = await fetch(urlOf(path), {
          method: 'POST',
          signal: eitherOf(signal, AbortSignal.timeout(TOKENS_TIMEOUT_MS)) ?? null,
          ...(body === undefined
            ? {}
            : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
          ...(credentials === undefined ? {} : { credentials }),
        })
        return readWhole(answer)
      },
      { ...options, authorized: false },
    )
  }

  async function exchange(refreshToken: string | undefined): Promise<Tokens | undefined> {
    // Shown again within half a minute, a refresh token gets the same successor.
    const body = refreshToken === undefined ? undefined : { refreshToken }
    // Given up halfway, it leaves tokens that are good no more, and none in their place.
    const response = await postTokens('/v1/auth/refresh', body, { isSafe: true, endures: true })
    if (response.status === 401) return undefined
    return toTokens(await readLogin(response))
  }

  return {
    api,
    images: createImages(context),
    links: createLinks(context),
    archives: createArchives(context),
    apiKeys: createApiKeys(context),
    sessions: createSessions(context),
    admin: createAdmin(context),
    async login(username, password) {
      const body = { username, password, ...(cookies === false ? {} : { cookie: true }) }
      const login = await readLogin(await postTokens('/v1/auth/login', body, { isSafe: false, retries: 0 }))
      await session.replace(toTokens(login))
      return login
    },
    async logout() {
      await bodyOf<never>(api.POST('/v1/auth/logout'))
      await session.replace(undefined)
    },
    async logoutAll() {
      await bodyOf<never>(api.POST('/v1/auth/logout-all'))
      await session.replace(undefined)
    },
    changePassword: (oldPassword, newPassword) =>
      bodyOf<never>(api.POST('/v1/auth/change-password', { body: { oldPassword, newPassword } })),
    me: () => readMe(context),
    export: (options) => exportMe(context, options),
    events: ({ all = false, ...rest } = {}) =>
      streamEvents(createHub(all ? '?all=true' : ''), { ...rest, signal: eitherOf(signal, rest.signal) }),
  }
}

/** Requests for what is below one address, made for another. Its bodies stay what they are: browsers send no streams. */
function requestsBelow(from: string, to: string): typeof Request {
  return class extends Request {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      const isBelow = typeof input === 'string' && input.startsWith(from)
      super(isBelow ? to + input.slice(from.length) : input, init)
    }
  }
}

function tokensOf({ token, refreshToken, tokenExpiresAt }: ClientOptions): Tokens | undefined {
  return token === undefined ? undefined : { accessToken: token, refreshToken, expiresAt: tokenExpiresAt }
}

function toTokens({ accessToken, refreshToken, expiresIn }: Login): Tokens {
  return { accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000 }
}

const isJson = ({ headers }: Response) =>
  /^application\/(.+\+)?json\b/.test(headers.get('content-type') ?? '')

async function readLogin(response: Response): Promise<Login> {
  if (!response.ok) throw await readError(response)
  const login = parseJson(await response.text()) as Partial<Login> | undefined
  if (typeof login?.accessToken !== 'string') throw notTintype({ statusCode: response.status })
  return login as Login
}
