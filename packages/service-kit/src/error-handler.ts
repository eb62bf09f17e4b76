import { STATUS_CODES } from 'node:http'
import { isDatabaseUnavailable } from '@tintype/database'
import { StoreUnavailable as StoreFault } from '@tintype/object-store'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { DatabaseUnavailable, type ErrorDetails, NotFound, StoreUnavailable } from './errors.ts'
import type { Log } from './logger.ts'

/** The body of every error answer. */
export interface ErrorBody {
  statusCode: number
  code: string
  error: string
  message: string
  details?: ErrorDetails | ErrorDetails[]
}

/** Seconds after which a client may try again what a store's absence refused. */
const RETRY_AFTER_SECONDS = 5

/** Turns an error into what the caller may see. Anything that is not ours to explain becomes a plain 500. */
export function toErrorBody(error: unknown): ErrorBody {
  const known = explain(error)
  const statusCode = known.statusCode ?? 500
  if (statusCode >= 500 && !known.code?.startsWith('TT_')) {
    return body(500, 'TT_INTERNAL', 'Something went wrong on our side. The log knows it by the request id.')
  }
  if (known.validation !== undefined) {
    const details = known.validation.map((problem) => ({
      field: fieldOf(problem),
      message: problem.message ?? '',
    }))
    const first = details[0]
    const message =
      first === undefined ? known.message : `${first.field || known.validationContext}: ${first.message}`
    return { ...body(400, 'TT_VALIDATION', message), details }
  }
  if (known.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return body(415, 'TT_UNSUPPORTED_MEDIA_TYPE', 'This address does not take a body of that Content-Type.')
  }
  const code = known.code?.startsWith('TT_') ? known.code : frameworkCode(statusCode)
  const details = 'details' in known ? (known.details as ErrorDetails) : undefined
  return { ...body(statusCode, code, known.message), ...(details === undefined ? {} : { details }) }
}

/** The log line of a 5xx; `failed` says what it has kept from being done. */
export function logFault(
  log: Log,
  error: unknown,
  { statusCode, code, message }: ErrorBody,
  failed = 'request failed',
): void {
  // Said on purpose: where it comes from is known.
  if (statusCode === 503 && isOurs(error) && !(error instanceof StoreFault)) log.warn({ code }, message)
  else log.error({ err: error, code }, failed)
}

/** Fastify's error handler: the body above, the log line, and `Retry-After` where trying again may help. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const answer = toErrorBody(error)
  if (answer.statusCode >= 500) logFault(request.log, error, answer)
  else reply.refusal = answer
  if (answer.statusCode === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  forgetStream(reply)
  reply.code(answer.statusCode).send(answer)
}

/** A stream that broke off before its first byte has left its type and length with the response: Fastify forgets its own copy alone. */
function forgetStream({ raw }: FastifyReply): void {
  if (raw.headersSent) return
  raw.removeHeader('content-type')
  raw.removeHeader('content-length')
}

/** Fastify's handler of paths that no route has. */
export function handleNotFound(_request: FastifyRequest, reply: FastifyReply): void {
  const answer = toErrorBody(new NotFound())
  reply.code(answer.statusCode).send(answer)
}

function explain(error: unknown): Partial<FastifyError> & { message: string } {
  if (isDatabaseUnavailable(error)) return new DatabaseUnavailable()
  if (error instanceof StoreFault) return new StoreUnavailable()
  if (!(error instanceof Error)) return { message: String(error) }
  // How a file server refuses a path that leaves its folder: to a caller there is nothing.
  if ('statusCode' in error && error.statusCode === 403 && !isOurs(error)) return new NotFound()
  // A DOMException's code is a number, and says nothing to a caller.
  return 'code' in error && typeof error.code !== 'string' ? { message: error.message } : error
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('TT_')
}

function body(statusCode: number, code: string, message: string): ErrorBody {
  return { statusCode, code, error: STATUS_CODES[statusCode] ?? 'Error', message }
}

/** Fastify's own 4xx errors (`FST_…`) under our names, so that no caller depends on the framework. */
function frameworkCode(statusCode: number): string {
  if (statusCode === 413) return 'TT_BODY_TOO_LARGE'
  if (statusCode === 404) return 'TT_NOT_FOUND'
  return 'TT_BAD_REQUEST'
}

function fieldOf(problem: NonNullable<FastifyError['validation']>[number]): string {
  const missing = problem.params.missingProperty ?? problem.params.additionalProperty
  const path = problem.instancePath.slice(1).replaceAll('/', '.')
  return missing === undefined ? path : [path, String(missing)].filter((part) => part !== '').join('.')
}
