import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { HttpServer, Log } from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Scripts come from here alone. Styles may be set in place: the component library does so for what it computes. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' blob: data:",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
].join('; ')

/** First segments below which nobody looks for a page of the console. */
const API_SEGMENTS = ['v1', 'docs', 'l', 'metrics', 'healthz', 'readyz', 'assets']

export interface ConsoleOptions {
  /** Where the built files are. */
  consoleDir: string
  adminPath: string
  log: Log
}

/**
 * The console's files at `/`. Those of a build have their content's hash in
 * their names and are kept for good; the page that names them is asked for each
 * time. Every other address that a browser is sent to is that page too, which
 * knows its own routes.
 *
 * Without built files the gateway is an API alone, and `/` leads to its documentation.
 */
export async function registerConsole(
  app: HttpServer,
  { consoleDir, adminPath, log }: ConsoleOptions,
): Promise<void> {
  const reserved = new Set([...API_SEGMENTS, adminPath])

  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.schema = Object.assign({}, route.schema, { hide: true })
      // Files cost next to nothing, and a page asks for many: they count for nobody.
      route.onRequest = []
    })
    if (!existsSync(join(consoleDir, 'index.html'))) {
      log.warn({ folder: consoleDir }, 'the console is not built: there is the API alone')
      scope.get('/', async (_request, reply) => reply.redirect('/docs'))
      return
    }
    await scope.register(fastifyStatic, {
      root: join(consoleDir, 'assets'),
      prefix: '/assets/',
      preCompressed: true,
      index: false,
      immutable: true,
      maxAge: '1y',
    })

    function sendPage(reply: FastifyReply): FastifyReply {
      reply.headers({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'referrer-policy': 'same-origin',
      })
      return reply.sendFile('index.html', consoleDir, { cacheControl: false, immutable: false })
    }

    scope.get('/*', async (request, reply) => {
      if (!isNavigation(request, reserved)) return reply.callNotFound()
      reply.header('cache-control', 'no-cache')
      return sendPage(reply)
    })
    scope.get('/icon.svg', (_request, reply) =>
      reply.sendFile('icon.svg', consoleDir, { maxAge: '1d', immutable: false }),
    )
  })
}

function isNavigation({ url, headers }: FastifyRequest, reserved: ReadonlySet<string>): boolean {
  const path = url.split('?', 1)[0] ?? ''
  if (path === '/') return true
  const segment = path.split('/', 2)[1] ?? ''
  return !reserved.has(segment) && (headers.accept ?? '').includes('text/html')
}
