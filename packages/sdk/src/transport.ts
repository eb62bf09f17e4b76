import { retryAfterSeconds, TintypeError } from './errors.ts'
import { eitherOf, pause, untilAborted } from './pause.ts'
import type { Session } from './session.ts'

export interface RetryOptions {
  /** How often a request is sent again at most; 4 unless told, 0: never. Resumable uploads go on by themselves, whatever is told. */
  retries?: number
  /** The longest `Retry-After` that is waited for, in milliseconds; 65,000 unless told: windows of limits are a minute. */
  maxWaitMs?: number
}

export interface SendOptions {
  /** Whether what it asks may be asked twice. What was refused for its rate was not done, and is always asked again. */
  isSafe: boolean
  signal?: AbortSignal | null | undefined
  /** Whether the request is signed in; yes unless told. */
  authorized?: boolean
  retries?: number
  /** Whether it is seen through though the client is ended. */
  endures?: boolean
}

export interface Transport {
  /** Performs a request, again where that is safe and may help. */
  send(perform: Perform, options: SendOptions): Promise<Response>
}

/** Sends a request, with headers that are added to its own. The signal is the call's, and the client's. */
export type Perform = (headers: Record<string, string>, signal: AbortSignal | null) => Promise<Response>

const SAFE_METHODS = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
/** What a server or a proxy before it answers for a while. */
export const PASSING = new Set([502, 503, 504])
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8000

/** Whether HTTP says that a request of this method may be sent twice (RFC 9110 §9.2.2). */
export const isIdempotent = (method: string): boolean => SAFE_METHODS.has(method.toUpperCase())

/** Signs requests in, carries the session on, and tries again. */
export function createTransport(
  {
    session,
    apiKey,
    signal: ownSignal,
  }: { session: Session; apiKey?: string | undefined; signal?: AbortSignal | undefined },
  { retries: defaultRetries = 4, maxWaitMs = 65_000 }: RetryOptions = {},
): Transport {
  async function send(
    perform: Perform,
    { isSafe, authorized = true, retries = defaultRetries, endures = false, ...options }: SendOptions,
  ): Promise<Response> {
    const signal = eitherOf(endures ? undefined : ownSignal, options.signal)
    signal?.throwIfAborted()
    let isRenewed = false
    for (let failures = 0; ; failures += 1) {
      const token = authorized ? (apiKey ?? (await untilAborted(session.accessToken(), signal))) : undefined
      const answer = await attempt(() =>
        perform(token === undefined ? {} : { authorization: `Bearer ${token}` }, signal ?? null),
      )
      signal?.throwIfAborted()

      if (answer instanceof Response && answer.status === 401 && authorized && apiKey === undefined) {
        if (isRenewed || !(await untilAborted(session.renew(token), signal))) return answer
        isRenewed = true
        failures -= 1
        await discard(answer)
        continue
      }
      const waitMs = failures < retries ? waitBefore(answer, { isSafe, failures, maxWaitMs }) : undefined
      if (waitMs === undefined) {
        if (answer instanceof Response) return answer
        throw answer
      }
      if (answer instanceof Response) await discard(answer)
      await pause(waitMs, signal)
    }
  }
  return { send }
}

/** An answer, or what kept it from coming. @throws what keeps a file from being read: nobody else's fault. */
async function attempt(perform: () => Promise<Response>): Promise<Response | TintypeError> {
  try {
    return await perform()
  } catch (cause) {
    if (cause instanceof TintypeError) return cause
    const origin = cause instanceof Error ? cause.cause : undefined
    if (origin instanceof Error && origin.name === 'NotReadableError') throw origin
    const reason = reasonOf(origin) ?? (cause instanceof Error ? cause.message : String(cause))
    return new TintypeError(`The server could not be reached: ${reason}`, { code: 'NETWORK', cause })
  }
}

function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  return cause.message || ('code' in cause ? String(cause.code) : undefined)
}

/** How long to wait before the next try; undefined where there is none. */
function waitBefore(
  answer: Response | TintypeError,
  { isSafe, failures, maxWaitMs }: { isSafe: boolean; failures: number; maxWaitMs: number },
): number | undefined {
  // What a limit refused was not begun.
  const isWorth =
    answer instanceof Response
      ? answer.status === 429 || (isSafe && (PASSING.has(answer.status) || isInFlight(answer)))
      : isSafe
  if (!isWorth) return undefined
  const told = answer instanceof Response ? retryAfterSeconds(answer.headers) : undefined
  const spread = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
  // Those who were told the same time do not come back at once.
  const waitMs = told === undefined ? spread + FIRST_PAUSE_MS : told * 1000 + Math.min(spread, told * 250)
  return told !== undefined && told * 1000 > maxWaitMs ? undefined : waitMs
}

/** An earlier try of the same request is still at it. */
function isInFlight(answer: Response): boolean {
  return answer.status === 409 && answer.headers.has('retry-after')
}

/** Has nothing more of an answer come. */
export async function discard({ body }: Response): Promise<void> {
  // What is broken already is none the worse.
  await body?.cancel().catch(() => undefined)
}

/** An answer, all of which is there: a connection that is lost in its middle is as one that was lost before it. */
export async function readWhole(response: Response): Promise<Response> {
  const body = await response.arrayBuffer()
  return new Response(body.byteLength === 0 ? null : body, response)
}
