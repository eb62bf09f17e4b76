import { Type } from 'typebox'
import type { HttpServer } from './http-server.ts'

/** How long the answers of stores are given out for, in milliseconds: anybody may ask. */
const SHARED_MS = 1000
/** How long a store may take to answer the question whether it is there, in milliseconds. */
const CHECK_TIMEOUT_MS = 2000

export interface Dependency {
  /** Rejects unless it answers. */
  check(): Promise<unknown>
  /** Whether the service cannot serve without it: a balancer then sends its requests elsewhere. */
  required: boolean
}

const Health = Type.Object({ status: Type.Literal('ok') })
const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('degraded'), Type.Literal('unavailable')]),
  dependencies: Type.Record(Type.String(), Type.Union([Type.Literal('ok'), Type.Literal('unavailable')])),
})

/** `/healthz`: the process answers. `/readyz`: what it stands on answers too. */
export function registerHealth(app: HttpServer, dependencies: Record<string, Dependency>): void {
  const checkAll = shared(SHARED_MS, () =>
    Promise.all(
      Object.entries(dependencies).map(async ([name, { check, required }]) => {
        const ok = await answersInTime(check)
        if (!ok) app.log.debug({ dependency: name }, 'not ready')
        return { name, required, ok }
      }),
    ),
  )

  app.get(
    '/healthz',
    {
      logLevel: 'silent',
      config: { rateLimit: false },
      schema: { tags: ['operation'], summary: 'Liveness', response: { 200: Health } },
    },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      logLevel: 'silent',
      config: { rateLimit: false },
      schema: {
        tags: ['operation'],
        summary: 'Readiness of each store',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const states = await checkAll()
      const status = states.every(({ ok }) => ok)
        ? ('ready' as const)
        : states.some(({ ok, required }) => required && !ok)
          ? ('unavailable' as const)
          : ('degraded' as const)
      reply.code(status === 'unavailable' ? 503 : 200)
      return {
        status,
        dependencies: Object.fromEntries(
          states.map(({ name, ok }) => [name, ok ? ('ok' as const) : ('unavailable' as const)]),
        ),
      }
    },
  )
}

/** Everyone who asks within `ms` gets the same answer. */
function shared<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let latest: { at: number; answer: Promise<T> } | undefined
  return () => {
    const now = performance.now()
    if (latest === undefined || now - latest.at >= ms) latest = { at: now, answer: ask() }
    return latest.answer
  }
}

async function answersInTime(check: () => Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS)
  check().then(
    () => resolve(true),
    () => resolve(false),
  )
  return promise.finally(() => clearTimeout(timer))
}
