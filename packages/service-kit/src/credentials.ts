import type { FastifyRequest } from 'fastify'

/** The cookie that an access token may come in. */
export const ACCESS_COOKIE = 'tintype_access'

/** What a request shows of who makes it. */
export interface Credential {
  token: string
  /** A browser may have added it by itself. */
  cookie: boolean
}

/**
 * The token of a request: of its `Authorization` header, or of a cookie where
 * there is no such header at all. A header that says something else counts as
 * nothing shown, so that what asks by itself never goes on as somebody else.
 */
export function presentedCredential(request: FastifyRequest): Credential | undefined {
  const { authorization } = request.headers
  if (authorization === undefined) {
    const token = request.cookies[ACCESS_COOKIE]
    return token === undefined ? undefined : { token, cookie: true }
  }
  const [, token] = /^bearer (\S+)$/i.exec(authorization) ?? []
  return token === undefined ? undefined : { token, cookie: false }
}
