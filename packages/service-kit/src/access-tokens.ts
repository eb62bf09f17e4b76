import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt'
import { isUuid } from '@tintype/domain'
import type { FastifyRequest } from 'fastify'
import { presentedCredential } from './credentials.ts'
import { Unauthorized } from './errors.ts'
import type { HttpServer } from './http-server.ts'
import type { SigningKey, VerificationKey } from './signing-keys.ts'

/** How long an access token is good for, in seconds. A logout acts at once all the same: see `authenticate`. */
export const ACCESS_TOKEN_SECONDS = 900

/** Tokens whose signatures are known to be right, those used last: some 1 kB each. */
const CHECKED_SIGNATURES = 5000

/** What an access token says. `issuedAtSeconds` is PostgreSQL's time, against which its age is checked. */
export interface AccessTokenClaims {
  userId: string
  sessionId: string
  issuedAtSeconds: number
}

export interface AccessTokens {
  mint(claims: AccessTokenClaims): string
  /** What the request's token says; undefined unless one of the keys signed it. Whether it still holds is not asked. */
  verify(request: FastifyRequest): Promise<AccessTokenClaims | undefined>
}

interface Payload {
  sub: string
  sid: string
  iat: number
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Payload
    user: Payload
  }
}

export interface AccessTokensOptions {
  verificationKeys: VerificationKey[]
  /** Only the gateway has it: the other services verify and cannot mint. */
  signingKey?: SigningKey
}

/** Access tokens signed with EdDSA. */
export async function registerAccessTokens(
  app: HttpServer,
  { verificationKeys, signingKey }: AccessTokensOptions,
): Promise<AccessTokens> {
  const keys = new Map(verificationKeys.map((key) => [key.kid, key.pem]))
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
    verify: {
      algorithms: ['EdDSA'],
      // Its age is checked against PostgreSQL's clock, so that no service's own clock decides a right.
      ignoreExpiration: true,
      // What was signed stays signed; a signature takes longer to check than all else about a token.
      cache: CHECKED_SIGNATURES,
      extractToken: (request) => presentedCredential(request as FastifyRequest)?.token,
    },
  })

  return {
    mint: ({ userId, sessionId, issuedAtSeconds }) =>
      app.jwt.sign(
        { sub: userId, sid: sessionId, iat: issuedAtSeconds },
        { expiresIn: ACCESS_TOKEN_SECONDS },
      ),
    async verify(request) {
      const payload = await request.jwtVerify<Payload>().catch(() => undefined)
      if (payload === undefined) return undefined
      const { sub: userId, sid: sessionId, iat: issuedAtSeconds } = payload
      if (!isUuid(userId) || !isUuid(sessionId) || !Number.isSafeInteger(issuedAtSeconds)) return undefined
      return { userId, sessionId, issuedAtSeconds }
    },
  }
}
