import fastifyCookie from '@fastify/cookie'
import {
  authenticate,
  authenticateApiKey,
  type Database,
  listLiveWatchers,
  recordApiKeyUse,
  type User,
  type Watcher,
} from '@tintype/database'
import type { Role, Scope } from '@tintype/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  ACCESS_TOKEN_SECONDS,
  type AccessTokens,
  type AccessTokensOptions,
  registerAccessTokens,
} from './access-tokens.ts'
import { isApiKey, sha256OfApiKey } from './api-key-secrets.ts'
import { presentedCredential } from './credentials.ts'
import { Forbidden, ScopeMissing, SessionNeeded, Unauthorized, withDetails } from './errors.ts'
import type { HttpServer } from './http-server.ts'
import { declareErrors } from './openapi.ts'
import { createOriginCheck, type OriginCheck, type OwnOrigins } from './request-origin.ts'
import { type RouteGroup, registerThrottles, type Throttles, type ThrottlesOptions } from './throttles.ts'

/** Who makes a request: the user as PostgreSQL knows them at this moment, and what they showed for it. */
export type Actor =
  | { user: User; by: 'session'; sessionId: string; issuedAtSeconds: number; cookie: boolean }
  | { user: User; by: 'api-key'; keyId: string; scopes: Scope[] }

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hooks of `Auth`; absent on public routes. */
    actor: Actor | null
  }
}

export interface AuthOptions extends AccessTokensOptions, OwnOrigins, ThrottlesOptions {
  database: Database
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * `onRequest` hooks. Each answers 401 unless the request carries live
 * credentials, and 429 when the user asks for more than their tier allows.
 *
 * A route without one is open to anybody and limited by address, unless it says
 * `config: { rateLimit: false }`.
 */
export interface Auth {
  /** For the user, by a session or an API key of this scope. */
  allow(scope: Exclude<Scope, 'admin'>, group?: RouteGroup): Hook
  /** For the user, by a session alone: what an API key must not do whatever its scopes. */
  session: Hook
  /** The same for routes that end it, which nobody may be kept from: they count as nothing. */
  leaving: Hook
  /** For users of one of these roles, by a session or an API key of the scope `admin`; 403 for others. */
  withRole(...roles: Role[]): Hook
  /**
   * For a request that has waited: finds out anew who makes it, and what their
   * tier grants now.
   *
   * @throws Unauthorized where nobody is behind it any more.
   */
  renew(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /**
   * For answers that go on for long: of those who get them, those who still may,
   * with their role of now, in one query. It ends with the access token.
   */
  listLive(actors: Actor[]): Promise<Map<Actor, Role>>
  /** Mints an access token. */
  mint: AccessTokens['mint']
  /** For a route that reads a cookie of its own. */
  checkOrigin: OriginCheck
  /** For a route that says `rateLimit: false` because it has something to find out before it counts who asks. */
  throttleAddress: Throttles['address']
}

/**
 * Access tokens, in a header or a cookie, and API keys. What they stand for
 * (the session or key, its user, their tier) is asked of PostgreSQL at every
 * request, in one query. Call it before the routes.
 */
export async function registerAuth(app: HttpServer, options: AuthOptions): Promise<Auth> {
  const { database } = options
  await app.register(fastifyCookie)
  const accessTokens = await registerAccessTokens(app, options)
  const throttles = await registerThrottles(app, options)
  const checkOrigin = createOriginCheck(options)
  app.decorateRequest('actor', null)

  async function findActor(request: FastifyRequest): Promise<Actor | undefined> {
    const credential = presentedCredential(request)
    if (credential === undefined) return undefined
    const { token, cookie } = credential
    return !cookie && isApiKey(token) ? findKeyHolder(request, token) : findSession(request, cookie)
  }

  async function findSession(request: FastifyRequest, cookie: boolean): Promise<Actor | undefined> {
    const claims = await accessTokens.verify(request)
    if (claims === undefined) return undefined
    const user = await authenticate(database, claims, ACCESS_TOKEN_SECONDS)
    const { sessionId, issuedAtSeconds } = claims
    return user === undefined ? undefined : { user, by: 'session', sessionId, issuedAtSeconds, cookie }
  }

  async function findKeyHolder(request: FastifyRequest, key: string): Promise<Actor | undefined> {
    const holder = await authenticateApiKey(database, sha256OfApiKey(key))
    if (holder === undefined) return undefined
    const { user, keyId, scopes, useIsDue } = holder
    if (useIsDue) {
      // The request does not wait for it.
      recordApiKeyUse(database, keyId).catch((error: unknown) =>
        request.log.warn({ err: error }, 'could not record the use of an API key'),
      )
    }
    return { user, by: 'api-key', keyId, scopes }
  }

  const hooks = new WeakSet<object>()

  /** A hook that counts whoever asks, unless it has no group, and lets them in when `check` does not throw. */
  function createHook(group: RouteGroup | undefined, check: (actor: Actor) => void): Hook {
    const hook: Hook = async (request, reply) => {
      const actor = await findActor(request)
      if (actor === undefined) {
        await throttles.address(request, reply)
        throw challenge(reply)
      }
      request.actor = actor
      if (group !== undefined) await throttles.user(request, reply, { user: actor.user, group })
      if (actor.by === 'session' && actor.cookie) checkOrigin(request)
      check(actor)
    }
    hooks.add(hook)
    return hook
  }

  app.addHook('onRoute', (route) => {
    const onRequest = [route.onRequest ?? []].flat()
    const isOpen = !onRequest.some((hook) => hooks.has(hook))
    if (isOpen && route.config?.rateLimit === false) return
    if (isOpen) route.onRequest = [throttles.address, ...onRequest]
    declareErrors(route, isOpen ? [429] : [401, 403, 429])
  })

  return {
    allow: (scope, group = 'read') => createHook(group, (actor) => checkScope(actor, scope)),
    session: createHook('read', checkSession),
    leaving: createHook(undefined, checkSession),
    withRole: (...roles) =>
      createHook('read', (actor) => {
        checkScope(actor, 'admin')
        if (!roles.includes(actor.user.role)) {
          throw new Forbidden('This needs a role that you do not have.')
        }
      }),
    async renew(request, reply) {
      request.actor = (await findActor(request)) ?? null
      if (request.actor === null) throw challenge(reply)
    },
    async listLive(actors) {
      const maxAgeSeconds = ACCESS_TOKEN_SECONDS
      const roles = await listLiveWatchers(database, actors.map(watcherOf), { maxAgeSeconds })
      const live = new Map<Actor, Role>()
      for (const [number, actor] of actors.entries()) {
        const role = roles.get(number)
        if (role !== undefined) live.set(actor, role)
      }
      return live
    },
    mint: accessTokens.mint,
    checkOrigin,
    throttleAddress: throttles.address,
  }
}

/** What a request without live credentials is answered with. */
function challenge(reply: FastifyReply): Error {
  reply.header('www-authenticate', 'Bearer')
  return new Unauthorized()
}

function watcherOf(actor: Actor): Watcher {
  const userId = actor.user.id
  if (actor.by === 'api-key') return { userId, keyId: actor.keyId }
  const { sessionId, issuedAtSeconds } = actor
  return { userId, sessionId, issuedAtSeconds }
}

function checkScope(actor: Actor, scope: Scope): void {
  if (actor.by === 'session' || actor.scopes.includes(scope)) return
  throw withDetails(new ScopeMissing(scope), { scope })
}

function checkSession(actor: Actor): asserts actor is Extract<Actor, { by: 'session' }> {
  if (actor.by !== 'session') throw new SessionNeeded()
}

/** The actor of a request that passed one of the hooks of `Auth`. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error('the route has no authentication hook')
  return request.actor
}

/** The actor of a request that passed the hook `session` of `Auth`. */
export function sessionActorOf(request: FastifyRequest): Extract<Actor, { by: 'session' }> {
  const actor = actorOf(request)
  checkSession(actor)
  return actor
}
