import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { limitBodyTime } from './body-timeout.ts'
import { answerClientError } from './client-errors.ts'
import { type ErrorBody, handleError, handleNotFound } from './error-handler.ts'
import { type Logger, loggedPath } from './logger.ts'
import { buildSerializer, buildValidator } from './schema-compilers.ts'
import { limitSlowClients } from './slow-clients.ts'

/**
 * Connections that may wait to be taken: as many as Linux allows (`net.core.somaxconn`).
 * With Node's 511 a burst of callers meets a full queue, and comes again after 1, 3, 7, 15 s.
 */
export const LISTEN_BACKLOG = 4096

/** A Fastify instance whose handlers know their types from their TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyReply {
    /** Why it was answered with 4xx, for the line that the log has of each request. */
    refusal: ErrorBody | undefined
  }
}

export interface HttpServerOptions {
  log: Logger
  /** Whether, or from which addresses, forwarding headers are believed. */
  trustProxy?: boolean | string
  /** How long a JSON body may take to arrive; 60,000 unless told: a kilobyte a second. */
  bodyTimeoutMs?: number
  /** How long an answer may wait for its client to take a byte, in milliseconds; 60,000 unless told. */
  stallTimeoutMs?: number
}

/** JSON bodies are small here: pictures come as multipart, which has limits of its own. */
const JSON_BODY_LIMIT_BYTES = 64 * 1024

/** For all that sets no policy of its own: what is no page loads nothing, runs nothing and is shown in no frame. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'"

/** The server of every service: one error shape, one log line a request, one way of validating. */
export function createHttpServer({
  log,
  trustProxy = false,
  bodyTimeoutMs = 60_000,
  stallTimeoutMs = 60_000,
}: HttpServerOptions): HttpServer {
  const app: HttpServer = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Two lines a request, one of them with the whole address: ours below is one, without it.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: JSON_BODY_LIMIT_BYTES,
    genReqId: () => randomUUID(),
    // Behind a balancer that keeps connections for 60 s, ours must live longer, or it sends into a closed one.
    keepAliveTimeout: 72_000,
    // Slow uploads are cut by a minimum byte rate, not by total time.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1024 },
    // A path that cannot be decoded, or with an endless segment, names nothing. Fastify's own answer quotes it.
    frameworkErrors: (_error, request, reply) => {
      reply.headers({
        'x-request-id': request.id,
        'x-content-type-options': 'nosniff',
        'content-security-policy': NO_PAGE,
      })
      handleNotFound(request, reply)
    },
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: { buildValidator, buildSerializer } },
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Fastify takes text where nobody asked for a type: here it would be read as a JSON body that is a string.
  app.removeContentTypeParser('text/plain')
  app.decorateReply('refusal', undefined)
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(handleNotFound)
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', NO_PAGE)
    // With `no-referrer`, a page's own requests would come without the origin that they are asked for.
    if (!reply.hasHeader('referrer-policy')) reply.header('referrer-policy', 'same-origin')
  })
  limitBodyTime(app, { timeoutMs: bodyTimeoutMs, maxBytes: JSON_BODY_LIMIT_BYTES })
  closeWithTheLastAnswer(app)
  limitSlowClients(app, { stallTimeoutMs })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: loggedPath(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        address: request.ip,
        user: request.actor?.user.username,
        code: reply.refusal?.code,
        reason: reply.refusal?.message,
      },
      'request',
    )
  })
  return app
}

/** How long a connection that has not said anything may take to begin once the server closes, in milliseconds. */
const UNUSED_MS = 1000

/**
 * A close ends idle connections when it begins. One that still carries an
 * answer then would idle on after it, and hold up the close for as long as its
 * client likes. So would one that was opened beforehand, as browsers do, and
 * never used: Node does not take it for idle. But it may as well be one that a
 * balancer opened this moment, whose request is on its way: it has a second.
 */
function closeWithTheLastAnswer(app: HttpServer): void {
  let closing = false
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    closing = true
    // Whoever stands in the line of those that connect would be reset when it is closed: they are let in first.
    await turn()
    await turn()
    setTimeout(() => {
      for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
    }, UNUSED_MS).unref()
  })
  app.addHook('onResponse', async () => {
    // Once the server itself is done with the answer, and counts the connection as idle.
    if (closing) setImmediate(() => app.server.closeIdleConnections())
  })
}
