import type { FastifyError } from '@fastify/error'
import createError from '@fastify/error'

/** What an error says beside its sentence: the field it is about, the limits that hold. */
export interface ErrorDetails {
  field?: string
  [name: string]: unknown
}

/** For what is refused by the thousand: where in the code that was tells nobody anything. */
export const WITHOUT_STACK = false

/** The errors that more than one service answers with. Those of one feature are in its own `errors.ts`. */
export const BadRequest = createError<'TT_BAD_REQUEST', 400, [string]>('TT_BAD_REQUEST', '%s', 400)
export const Unauthorized = createError(
  'TT_UNAUTHORIZED',
  'Sign in: the request has no valid access token.',
  401,
)
export const Forbidden = createError<'TT_FORBIDDEN', 403, [string]>('TT_FORBIDDEN', '%s', 403)
export const OriginMismatch = createError(
  'TT_ORIGIN_MISMATCH',
  'A request that is signed in by a cookie must come from a page of this address: send its Origin.',
  403,
)
export const ScopeMissing = createError<'TT_SCOPE_MISSING', 403, [string]>(
  'TT_SCOPE_MISSING',
  'The API key lacks the scope %s.',
  403,
)
export const SessionNeeded = createError(
  'TT_SESSION_NEEDED',
  'This is for people who are signed in: no API key may do it.',
  403,
)
export const NotFound = createError('TT_NOT_FOUND', 'There is nothing here.', 404, Error, WITHOUT_STACK)
export const RateLimited = createError<'TT_RATE_LIMITED', 429, [number]>(
  'TT_RATE_LIMITED',
  'That was more than %s requests in a minute. Try again later.',
  429,
  Error,
  WITHOUT_STACK,
)
export const RangeNotSatisfiable = createError(
  'TT_RANGE_NOT_SATISFIABLE',
  'The asked range lies outside the file.',
  416,
)
export const DatabaseUnavailable = createError(
  'TT_DATABASE_UNAVAILABLE',
  'The database cannot be reached just now. Try again shortly.',
  503,
)
export const Busy = createError(
  'TT_BUSY',
  'Too much is asked at once just now. Try again shortly.',
  503,
  Error,
  WITHOUT_STACK,
)
export const StoreUnavailable = createError(
  'TT_STORE_UNAVAILABLE',
  'The object store cannot be reached just now. Try again shortly.',
  503,
)
/** Adds details to an error that is about to be thrown. */
export function withDetails<E extends FastifyError>(
  error: E,
  details: ErrorDetails,
): E & { details: ErrorDetails } {
  return Object.assign(error, { details })
}
