import type { Client } from 'openapi-fetch'
import type { paths } from './api.ts'
import { notTintype, readError, TintypeError, toError } from './errors.ts'
import type { EventHub } from './event-hub.ts'
import { isIdempotent, type Transport } from './transport.ts'

/** What every part of the client stands on. */
export interface Context {
  api: Client<paths>
  transport: Transport
  /** As told by the caller, or the platform's own. */
  fetch: typeof globalThis.fetch
  credentials: RequestCredentials | undefined
  /** The address of a path of the API. */
  urlOf(path: string): string
  events: EventHub
  /** Ends whatever is under way. */
  signal: AbortSignal | undefined
}

/** Settings of one call. */
export interface CallOptions {
  signal?: AbortSignal | undefined
}

/** The body of an answer of `context.api`. @throws TintypeError where it is a refusal. */
export async function bodyOf<T>(
  call: Promise<{ data?: T | undefined; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw cause instanceof SyntaxError ? notTintype({ cause }) : cause
  })
  if (!response.ok) throw toError(response, error)
  return data as T
}

/** Asks for something whose body is not read here. @throws TintypeError where it is a refusal. */
export async function open(
  { transport, fetch, urlOf, credentials }: Context,
  path: string,
  {
    signal,
    headers,
    method = 'GET',
    authorized = true,
  }: CallOptions & {
    headers?: Record<string, string>
    method?: string
    authorized?: boolean
  } = {},
): Promise<Response> {
  const response = await transport.send(
    (added, signal) =>
      fetch(urlOf(path), {
        method,
        headers: { ...headers, ...added },
        signal,
        ...(credentials === undefined ? {} : { credentials }),
      }),
    { isSafe: isIdempotent(method), signal, authorized },
  )
  if (!response.ok) throw await readError(response)
  return response
}

/** The path that an address has below `prefix`: the server tells its own, and is asked at the one that the caller gave. */
export function pathOf(url: string, prefix: string): string {
  const from = url.indexOf(prefix)
  return expected(from < 0 ? undefined : url.slice(from), `address below ${prefix}`)
}

/** What an answer must have for the SDK to go on. */
export function expected<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) {
    throw new TintypeError(`The answer has no ${what}.`, { code: 'BAD_ANSWER' })
  }
  return value
}
