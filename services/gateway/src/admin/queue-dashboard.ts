import { FastifyAdapter } from '@bull-board/fastify'
import type { Producer } from '@tintype/jobs'
import { type Auth, type HttpServer, type Log, toErrorBody } from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { QueuesAreShown, QueuesUnavailable } from './errors.ts'

/** Its pages set styles by script; all else comes from here, and nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  // The console shows it in a frame.
  "frame-ancestors 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "style-src 'self' 'unsafe-inline'",
].join('; ')

export interface QueueDashboardOptions {
  auth: Auth
  producer: Producer
  log: Log
  /** Where its pages begin. */
  path: string
}

/** The queues, to look at: bull-board in its read-only mode, for administrators and auditors. */
export async function registerQueueDashboard(
  app: HttpServer,
  { auth, producer, log, path }: QueueDashboardOptions,
): Promise<void> {
  const dashboard = new FastifyAdapter()
  dashboard.setBasePath(path)
  await producer.showOn(dashboard)
  // Its own answers with what the error says of the inside.
  dashboard.setErrorHandler((error) => {
    const body = toErrorBody(error)
    if (body.statusCode >= 500) log.error({ err: error }, 'the queue dashboard failed')
    return { status: body.statusCode as 500, body: body as never }
  })

  const checkRole = auth.withRole('admin', 'auditor')
  async function checkRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
    reply.header('cache-control', 'private, no-store')
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new QueuesAreShown()
    if (!request.url.startsWith(`${path}/api/`)) return
    // Asked first, because it waits for an answer for as long as Redis is silent.
    await producer.ping().catch(() => {
      throw new QueuesUnavailable()
    })
  }

  await app.register(
    async (scope) => {
      // In place of what a route gets that has no hooks of its own: to be open, and counted by address.
      scope.addHook('onRoute', (route) => {
        route.onRequest = [checkRole, checkRequest]
        route.onSend = dropRemoteFonts
      })
      await scope.register(dashboard.registerPlugin() as never)
    },
    { prefix: path },
  )
}

/** Its page asks another site for fonts, which its policy refuses and who looks at it does not want. */
async function dropRemoteFonts(_request: FastifyRequest, _reply: FastifyReply, payload: unknown) {
  if (typeof payload !== 'string') return payload
  return payload.replace(/<link[^>]+href="https:[^>]*>/g, '')
}
