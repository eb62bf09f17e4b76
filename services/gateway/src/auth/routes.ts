import { endAllSessions, endSession } from '@tintype/database'
import {
  ACCESS_TOKEN_SECONDS,
  type Announcer,
  type Auth,
  errors,
  type HttpServer,
  sessionActorOf,
  sessionOnly,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { representUser } from '../me/representation.ts'
import { clearTokenCookies, refreshCookie, setTokenCookies } from './cookies.ts'
import { SessionEnded, TooManyWrongPasswords, WrongCredentials } from './errors.ts'
import { LoginBody, RefreshBody, TokensSchema } from './schemas.ts'
import { refresh, type SessionsDependencies, signIn, type Tokens } from './sessions.ts'

/** What a device calls itself, kept for the list of sessions and bounded for the database. */
const USER_AGENT_LENGTH = 256

export interface AuthRoutesDependencies extends SessionsDependencies {
  auth: Auth
  announcer: Announcer
  publicUrl: () => string
}

/** Sign in, refresh, sign out. */
export function registerAuthRoutes(app: HttpServer, dependencies: AuthRoutesDependencies): void {
  const { auth, database, announcer, publicUrl } = dependencies

  /** Answers with tokens, and puts them in cookies where a browser keeps them. */
  function answer(request: FastifyRequest, reply: FastifyReply, tokens: Tokens, cookies: boolean) {
    reply.header('cache-control', 'no-store')
    const secure = request.protocol === 'https' || publicUrl().startsWith('https:')
    if (cookies) setTokenCookies(reply, tokens, { secure })
    const { accessToken, refreshToken, user } = tokens
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, refreshToken, user: representUser(user) }
  }

  app.post(
    '/v1/auth/login',
    {
      schema: {
        tags: ['auth'],
        summary: 'Sign in with a user name and a password',
        description:
          'Wrong passwords are counted by account and address, right ones never; too many are a 429 before anything is checked.',
        body: LoginBody,
        response: { 200: TokensSchema, ...errors(400, 401, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { username, password, cookie = false } = request.body
      const login = await signIn(dependencies, {
        username,
        password,
        userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH),
        address: request.ip,
      })
      if (login.outcome === 'locked') {
        reply.header('retry-after', login.retryAfterSeconds)
        throw new TooManyWrongPasswords()
      }
      if (login.value === undefined) throw new WrongCredentials()
      request.log.info({ user: login.value.user.username, address: request.ip }, 'signed in')
      return answer(request, reply, login.value, cookie)
    },
  )

  app.post(
    '/v1/auth/refresh',
    {
      schema: {
        tags: ['auth'],
        summary: 'Exchange a refresh token for new tokens',
        description:
          'The token is in the body, or in the cookie of a login that asked for it; then the new ones are set as cookies too. Presented again within 30 s, a refresh token gets the same successor. Presented later it ends its session.',
        body: RefreshBody,
        response: { 200: TokensSchema, ...errors(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const given = request.body?.refreshToken
      const fromCookie = given === undefined
      const token = given ?? refreshCookie(request)
      if (token === undefined) throw new SessionEnded()
      if (fromCookie) auth.checkOrigin(request)
      const tokens = await refresh(dependencies, token)
      if (tokens === undefined) throw new SessionEnded()
      return answer(request, reply, tokens, fromCookie)
    },
  )

  app.post(
    '/v1/auth/logout',
    {
      onRequest: auth.leaving,
      schema: {
        tags: ['auth'],
        summary: 'End this session, at once and everywhere',
        security: sessionOnly,
        response: { 204: Type.Null(), ...errors(401, 403, 503) },
      },
    },
    async (request, reply) => {
      const { user, sessionId, cookie } = sessionActorOf(request)
      await endSession(database, { userId: user.id, sessionId })
      announcer.accessChanged(user.id)
      if (cookie) clearTokenCookies(reply)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/auth/logout-all',
    {
      onRequest: auth.leaving,
      schema: {
        tags: ['auth'],
        summary: 'End every session of mine',
        description: 'API keys go on: DELETE /v1/api-keys/:id ends one.',
        security: sessionOnly,
        response: { 204: Type.Null(), ...errors(401, 403, 503) },
      },
    },
    async (request, reply) => {
      const { user, cookie } = sessionActorOf(request)
      await endAllSessions(database, user.id)
      announcer.accessChanged(user.id)
      if (cookie) clearTokenCookies(reply)
      return reply.code(204).send(null)
    },
  )
}
