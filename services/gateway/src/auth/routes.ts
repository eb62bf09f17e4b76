import {
  ACCESS_TOKEN_SECONDS,
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { representUser } from '../me/representation.ts'
import { SessionEnded, WrongCredentials } from './errors.ts'
import { LoginBody, RefreshBody, TokensSchema } from './schemas.ts'
import {
  refresh,
  type SessionsDependencies,
  signIn,
  signOut,
  signOutEverywhere,
  type Tokens,
} from './sessions.ts'

/** What a device calls itself, kept for the list of sessions and bounded for the database. */
const USER_AGENT_LENGTH = 256

/** Sign in, refresh, sign out. */
export function registerAuthRoutes(
  app: HttpServer,
  dependencies: SessionsDependencies & { auth: Auth },
): void {
  const { auth } = dependencies

  app.post(
    '/v1/auth/login',
    {
      schema: {
        tags: ['auth'],
        summary: 'Sign in with a user name and a password',
        body: LoginBody,
        response: { 200: TokensSchema, ...errors(400, 401, 413, 415, 503) },
      },
    },
    async (request) => {
      const tokens = await signIn(dependencies, {
        ...request.body,
        userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH),
        address: request.ip,
      })
      if (tokens === undefined) throw new WrongCredentials()
      return represent(tokens)
    },
  )

  app.post(
    '/v1/auth/refresh',
    {
      schema: {
        tags: ['auth'],
        summary: 'Exchange a refresh token for new tokens',
        description:
          'Presented again within 30 s, a refresh token gets the same successor. Presented later it ends its session.',
        body: RefreshBody,
        response: { 200: TokensSchema, ...errors(400, 401, 413, 415, 503) },
      },
    },
    async (request) => {
      const tokens = await refresh(dependencies, request.body.refreshToken)
      if (tokens === undefined) throw new SessionEnded()
      return represent(tokens)
    },
  )

  app.post(
    '/v1/auth/logout',
    {
      onRequest: auth.session,
      schema: {
        tags: ['auth'],
        summary: 'End this session, at once and everywhere',
        security: bearer,
        response: { 204: Type.Null(), ...errors(401, 503) },
      },
    },
    async (request, reply) => {
      await signOut(dependencies, actorOf(request).sessionId)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/auth/logout-all',
    {
      onRequest: auth.session,
      schema: {
        tags: ['auth'],
        summary: 'End every session of mine',
        security: bearer,
        response: { 204: Type.Null(), ...errors(401, 503) },
      },
    },
    async (request, reply) => {
      await signOutEverywhere(dependencies, actorOf(request).user.id)
      return reply.code(204).send(null)
    },
  )
}

function represent({ accessToken, refreshToken, user }: Tokens) {
  return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, refreshToken, user: representUser(user) }
}
