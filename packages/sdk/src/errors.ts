/** What kept the SDK itself from an answer. All other codes are the API's own, `TT_…`. */
export type ClientErrorCode =
  /** No answer came: the network, a proxy, a wrong address. */
  | 'NETWORK'
  /** It did not happen within the time that was given. */
  | 'TIMEOUT'
  /** What answered does not speak as Tintype does. */
  | 'BAD_ANSWER'

export interface TintypeErrorFields {
  code: string
  statusCode?: number | undefined
  details?: unknown
  requestId?: string | undefined
  retryAfter?: number | undefined
  cause?: unknown
}

/** Every refusal of the API, and every failure to reach it. An abort is thrown as the signal's own reason. */
export class TintypeError extends Error {
  override readonly name = 'TintypeError'
  /** Stable, for programs: the API's `TT_…`, or a `ClientErrorCode`. */
  readonly code: string
  /** The HTTP status; undefined where there was no answer. */
  readonly statusCode: number | undefined
  /** What the API adds: the field it is about, the limits that hold. */
  readonly details: unknown
  /** The id under which the server's log knows the request. */
  readonly requestId: string | undefined
  /** Seconds after which the server says it is worth trying again. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    { code, statusCode, details, requestId, retryAfter, cause }: TintypeErrorFields,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.statusCode = statusCode
    this.details = details
    this.requestId = requestId
    this.retryAfter = retryAfter
  }
}

/** The error that an answer's body, parsed or not, stands for. */
export function toError(response: Response, body: unknown): TintypeError {
  const { status: statusCode, headers } = response
  const { code, message, details } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  return new TintypeError(
    typeof message === 'string' ? message : `The server answered ${statusCode} ${response.statusText}`.trim(),
    {
      code: typeof code === 'string' ? code : 'BAD_ANSWER',
      statusCode,
      details,
      requestId: headers.get('x-request-id') ?? undefined,
      retryAfter: retryAfterSeconds(headers),
    },
  )
}

/** What passes by itself: a slow line, a lock that another try still holds, a limit. */
const PASSING = new Set([408, 409, 423, 429])

/** Whether the same may be answered otherwise a little later. */
export function isPassing({ code, statusCode }: TintypeError): boolean {
  if (statusCode === undefined) return code === 'NETWORK'
  return statusCode >= 500 || PASSING.has(statusCode)
}

/**
 * Whether an upload is refused for good: its file is no image, and going on
 * with it is answered the same. What was begun is worth keeping after any
 * other error: who signs in again, or may upload again, goes on with it.
 */
export function endsUpload(error: unknown): boolean {
  if (!(error instanceof TintypeError)) return false
  const { statusCode = 0 } = error
  return statusCode >= 400 && !isPassing(error) && statusCode !== 401 && statusCode !== 403
}

/** Reads an answer that is an error. */
export async function readError(response: Response): Promise<TintypeError> {
  const text = await response.text().catch(() => '')
  return toError(response, parseJson(text))
}

/** For an answer that is not as Tintype's are: a proxy's page, a wrong address. */
export function notTintype(fields: { statusCode?: number; cause?: unknown } = {}): TintypeError {
  return new TintypeError('What answered is no Tintype.', { code: 'BAD_ANSWER', ...fields })
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `Retry-After` in seconds, whether it is a number or a date (RFC 9110 §10.2.3). */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds))
}
