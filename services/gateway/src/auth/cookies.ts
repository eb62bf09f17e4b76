import type { CookieSerializeOptions } from '@fastify/cookie'
import { ACCESS_COOKIE, ACCESS_TOKEN_SECONDS } from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_SECONDS, type Tokens } from './sessions.ts'

const REFRESH_COOKIE = 'tintype_refresh'

/** What a page's scripts do not read, and no other site has a browser send. */
const GUARDED: CookieSerializeOptions = { httpOnly: true, sameSite: 'strict' }
const access = { ...GUARDED, path: '/' }
/** Sent to the only routes that want it. */
const refresh = { ...GUARDED, path: '/v1/auth' }

/** Gives a browser its tokens as cookies. `secure`: they are never sent over plain HTTP. */
export function setTokenCookies(reply: FastifyReply, tokens: Tokens, { secure }: { secure: boolean }): void {
  reply.setCookie(ACCESS_COOKIE, tokens.accessToken, { ...access, secure, maxAge: ACCESS_TOKEN_SECONDS })
  reply.setCookie(REFRESH_COOKIE, tokens.refreshToken, { ...refresh, secure, maxAge: SESSION_SECONDS })
}

export function clearTokenCookies(reply: FastifyReply): void {
  reply.clearCookie(ACCESS_COOKIE, access)
  reply.clearCookie(REFRESH_COOKIE, refresh)
}

export function refreshCookie(request: FastifyRequest): string | undefined {
  return request.cookies[REFRESH_COOKIE]
}
