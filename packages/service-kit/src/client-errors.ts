import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import createError from '@fastify/error'
import type { ConnectionError } from 'fastify'
import { toErrorBody } from './error-handler.ts'

const NotHttp = createError('TT_BAD_REQUEST', 'This is no HTTP request that can be understood.', 400)
const BodyTruncated = createError('TT_BODY_TRUNCATED', 'The request ended before it was whole.', 400)
const RequestTimeout = createError('TT_REQUEST_TIMEOUT', 'The request did not arrive in time.', 408)
const HeadersTooLarge = createError('TT_HEADERS_TOO_LARGE', 'The headers of the request are too large.', 431)

/** By the codes of Node's parser and server. */
const KNOWN: Record<string, () => Error> = {
  HPE_INVALID_EOF_STATE: () => new BodyTruncated(),
  HPE_HEADER_OVERFLOW: () => new HeadersTooLarge(),
  ERR_HTTP_REQUEST_TIMEOUT: () => new RequestTimeout(),
}

/** Answers what Node's parser gives up at, in the shape of every other error, and ends the connection. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const answer = toErrorBody(KNOWN[error.code]?.() ?? new NotHttp())
  const body = JSON.stringify(answer)
  const head = [
    `HTTP/1.1 ${answer.statusCode} ${STATUS_CODES[answer.statusCode]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroy(error)
}
