import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt'
import { authenticate, type Database, type User } from '@tintype/database'
import { isUuid, type Role, type Scope } from '@tintype/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Forbidden, Unauthorized } from './errors.ts'
import type { HttpServer } from './http-server.ts'
import type { SigningKey, VerificationKey } from './signing-keys.ts'

/** How long an access token is good for, in seconds. A logout acts at once all the same: see `authenticate`. */
export const ACCESS_TOKEN_SECONDS = 900

/** Who makes a request: the user as PostgreSQL knows them at this moment. */
export interface Actor {
  user: User
  sessionId: string
}

interface AccessTokenPayload {
  sub: string
  sid: string
  iat: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hooks of `Auth`; absent on public routes. */
    actor: Actor | null
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessTokenPayload
    user: AccessTokenPayload
  }
}

export interface AuthOptions {
  database: Database
  verificationKeys: VerificationKey[]
  /** Only the gateway has it: the other services verify and cannot mint. */
  signingKey?: SigningKey
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** What a request is counted as. The tier says how many of each a user may make in a minute. */
export type RouteGroup = 'read' | 'upload' | 'link'

/** `onRequest` hooks. Each answers 401 unless the request carries live credentials. */
export interface Auth {
  /** For the user, by a session or an API key of this scope. */
  allow(scope: Scope, group?: RouteGroup): Hook
  /** For the user, by a session alone: what an API key must not do whatever its scopes. */
  session: Hook
  /** For users of one of these roles, by a session or an API key of the scope `admin`; 403 for others. */
  withRole(...roles: Role[]): Hook
  /** Mints an access token. `issuedAtSeconds` is PostgreSQL's time, against which its age is checked. */
  mint(token: { userId: string; sessionId: string; issuedAtSeconds: number }): string
}

/**
 * Bearer tokens signed with EdDSA. The signature says who and which session;
 * whether that session, that user and their tier still hold is asked of
 * PostgreSQL at every request, in one query.
 */
export async function registerAuth(app: HttpServer, options: AuthOptions): Promise<Auth> {
  const { database, signingKey } = options
  const keys = new Map(options.verificationKeys.map((key) => [key.kid, key.pem]))
  if (signingKey !== undefined) keys.set(signingKey.kid, signingKey.pem)

  await app.register(fastifyJwt, {
    secret: {
      // The framework wants a private key even where nothing is signed; a service without one gets none that works.
      private: signingKey?.privatePem ?? '',
      public: async (_request: FastifyRequest, token: TokenOrHeader) => {
        const pem = keys.get(('header' in token ? token.header : token).kid ?? '')
        if (pem === undefined) throw new Unauthorized()
        return pem
      },
    },
    // The key is chosen by the token's header, which is decoded only when asked for.
    decode: { complete: true },
    sign: { algorithm: 'EdDSA', ...(signingKey === undefined ? {} : { kid: signingKey.kid }) },
    // Its age is checked against PostgreSQL's clock, so that no service's own clock decides a right.
    verify: { algorithms: ['EdDSA'], ignoreExpiration: true },
  })
  app.decorateRequest('actor', null)

  async function authenticated(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const payload = await request.jwtVerify<AccessTokenPayload>().catch(() => undefined)
    const actor = payload === undefined ? undefined : await findActor(payload)
    if (actor === undefined) {
      reply.header('www-authenticate', 'Bearer')
      throw new Unauthorized()
    }
    request.actor = actor
  }

  async function findActor({ sub, sid, iat }: AccessTokenPayload): Promise<Actor | undefined> {
    if (!isUuid(sub) || !isUuid(sid) || !Number.isSafeInteger(iat)) return undefined
    const token = { sessionId: sid, userId: sub, issuedAtSeconds: iat }
    const user = await authenticate(database, token, ACCESS_TOKEN_SECONDS)
    return user === undefined ? undefined : { user, sessionId: sid }
  }

  return {
    allow: (_scope, _group = 'read') => authenticated,
    session: authenticated,
    withRole:
      (...roles) =>
      async (request, reply) => {
        await authenticated(request, reply)
        if (!roles.includes(actorOf(request).user.role)) {
          throw new Forbidden('This needs a role that you do not have.')
        }
      },
    mint: ({ userId, sessionId, issuedAtSeconds }) =>
      app.jwt.sign(
        { sub: userId, sid: sessionId, iat: issuedAtSeconds },
        { expiresIn: ACCESS_TOKEN_SECONDS },
      ),
  }
}

/** The actor of a request that passed one of the hooks of `Auth`. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error('the route has no authentication hook')
  return request.actor
}
