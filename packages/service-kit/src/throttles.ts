import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { User } from '@tintype/database'
import type { Tier } from '@tintype/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import { RateLimited } from './errors.ts'
import type { HttpServer } from './http-server.ts'

/** What a request is counted as. The tier says how many of each a user may make in a minute. */
export type RouteGroup = 'read' | 'upload' | 'link'

const LIMITS: Record<RouteGroup, (tier: Tier) => number> = {
  read: (tier) => tier.readsPerMinute,
  upload: (tier) => tier.uploadsPerMinute,
  link: (tier) => tier.linksPerMinute,
}

const WINDOW_MS = 60_000
/** How long a request waits for its count. Redis takes a millisecond; one that hangs must not hold up what does without it. */
const ANSWER_MS = 400
/** After Redis failed to answer, it is asked again by one request in so long: the others do not wait for it. */
const PAUSE_MS = 2000

export interface ThrottlesOptions {
  /** Commands must fail at once when it is not connected. It need not be up yet. */
  redis: Redis
  /** Requests a minute of an address, over all that it makes without an account. */
  anonymousPerMinute: number
}

/** Each adds the `RateLimit-*` headers, and throws `RateLimited` (429 with `Retry-After`) where the limit is passed. */
export interface Throttles {
  /** Counts a user's request against the limit of their tier as it is now. */
  user(request: FastifyRequest, reply: FastifyReply, who: { user: User; group: RouteGroup }): Promise<void>
  /** Counts a request of nobody known against the limit of its address. */
  address(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request is counted under. */
    throttle: { key: string; max: number } | null
  }
}

/**
 * Counts requests in windows of a minute, in Redis: one call a request, and one
 * count for all replicas of all services. Without Redis requests go on uncounted.
 */
export async function registerThrottles(
  app: HttpServer,
  { redis, anonymousPerMinute }: ThrottlesOptions,
): Promise<Throttles> {
  app.decorateRequest('throttle', null)
  await app.register(fastifyRateLimit, {
    // Who is asking is known only to the hooks that call it.
    global: false,
    redis,
    nameSpace: 'throttle:',
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => request.throttle?.key ?? '',
    max: (request) => request.throttle?.max ?? 0,
  })
  const count = app.createRateLimit()
  let askAgainAt = 0

  async function countOrPass(request: FastifyRequest) {
    const now = performance.now()
    if (now < askAgainAt) return undefined
    // While it fails, no other request asks until this one has its answer.
    if (askAgainAt > 0) askAgainAt = now + PAUSE_MS
    try {
      const counted = await answered(count(request))
      askAgainAt = 0
      return counted
    } catch (error) {
      askAgainAt = performance.now() + PAUSE_MS
      request.log.debug({ err: error }, 'a request goes on uncounted')
      return undefined
    }
  }

  async function throttle(request: FastifyRequest, reply: FastifyReply, key: string, max: number) {
    request.throttle = { key, max }
    const counted = await countOrPass(request)
    if (counted === undefined || counted.isAllowed) return
    const seconds = Math.max(1, counted.ttlInSeconds)
    reply.headers({
      'ratelimit-limit': max,
      'ratelimit-remaining': counted.remaining,
      'ratelimit-reset': seconds,
    })
    if (!counted.isExceeded) return
    reply.header('retry-after', seconds)
    throw new RateLimited(max)
  }

  return {
    user: (request, reply, { user, group }) =>
      throttle(request, reply, `${group}:${user.id}`, LIMITS[group](user.tier)),
    address: (request, reply) =>
      throttle(request, reply, `address:${networkOf(request.ip)}`, anonymousPerMinute),
  }
}

/** @throws after `ANSWER_MS`, unless the answer is there by then and this process alone was too busy to read it. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => setImmediate(() => late.reject(new Error('Redis did not answer in time'))),
    ANSWER_MS,
  )
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** What stands for an address in a count: who has one IPv6 address has its whole /64 (RFC 6177 §2). */
export const networkOf = (address: string): string => normalizeIP(address.replace(/%.*$/, ''))
