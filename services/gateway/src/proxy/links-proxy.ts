import type { IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'
import httpProxy from '@fastify/http-proxy'
import { type HttpServer, NotFound, toErrorBody } from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'

const LinksUnavailable = createError(
  'TT_LINKS_UNAVAILABLE',
  'Links cannot be served just now. Try again shortly.',
  503,
)

/** How long links may take until its answer begins, in milliseconds. A body that is under way is not timed. */
const HEADERS_TIMEOUT_MS = 10_000

/** The paths of the API that the links service answers. */
const PREFIXES = ['/v1/images/:id/links', '/v1/links', '/l']

/** Sends what belongs to the links service there, so that a client needs one origin. */
export async function registerLinksProxy(app: HttpServer, { linksUrl }: { linksUrl: string }): Promise<void> {
  for (const prefix of PREFIXES) {
    await app.register(httpProxy, {
      upstream: linksUrl,
      prefix,
      rewritePrefix: prefix,
      httpMethods: ['DELETE', 'GET', 'HEAD', 'POST'],
      // Links counts them: it knows whose they are.
      config: { rateLimit: false },
      // Its own log lines hold whole addresses, and with them the tokens of links.
      disableRequestLogging: true,
      // No id and no token has one in it. The proxy refuses them as well, with words of its own.
      preHandler: async (request) => {
        if (decodeURIComponent(request.url.split('?', 1)[0] ?? '').includes('..')) throw new NotFound()
      },
      undici: {
        // Each client's connection has one at most. A limit for all would be used up by clients that do not read.
        connections: null,
        pipelining: 1,
        headersTimeout: HEADERS_TIMEOUT_MS,
        bodyTimeout: HEADERS_TIMEOUT_MS * 6,
        connect: { timeout: 2000 },
      },
      replyOptions: {
        // When to ask again is the caller's affair: left alone, the proxy asks ten times for what is refused.
        retryDelay: () => null,
        rewriteRequestHeaders: (request, headers) => ({
          ...headers,
          ...forwardingHeaders(request as FastifyRequest),
        }),
        rewriteHeaders: withoutConnection,
        onError(reply, { error }) {
          reply.request.log.error({ err: error }, 'the links service did not answer')
          reply.header('retry-after', 5).code(503).send(toErrorBody(new LinksUnavailable()))
        },
      },
    })
  }
}

/** What the gateway knows, in place of what the client says, and nothing that is between the client and the gateway. */
function forwardingHeaders(request: FastifyRequest) {
  return {
    forwarded: undefined,
    'x-real-ip': undefined,
    'x-forwarded-port': undefined,
    'x-forwarded-prefix': undefined,
    expect: undefined,
    'keep-alive': undefined,
    te: undefined,
    upgrade: undefined,
    'x-forwarded-for': request.ip,
    'x-forwarded-host': request.host,
    'x-forwarded-proto': request.protocol,
    'x-request-id': request.id,
  }
}

/** Headers that are between the links service and the gateway (RFC 9110 §7.6.1): our own connection has others. */
function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, upgrade, ...rest } = headers
  return rest
}
