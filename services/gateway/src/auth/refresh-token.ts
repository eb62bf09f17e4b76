import { createHmac, timingSafeEqual } from 'node:crypto'
import { isUuid } from '@tintype/domain'

/** A refresh token stands for the `generation`th token of a session. */
export interface RefreshTicket {
  sessionId: string
  generation: number
}

/**
 * Refresh tokens are a session, a number and a MAC over both. The database
 * holds which number is good now and no token: reading it gives nobody a
 * session, and the same number always makes the same token.
 */
export interface RefreshTokens {
  mint(ticket: RefreshTicket): string
  /** The ticket of a token with a good MAC; undefined for anything else. */
  read(token: string): RefreshTicket | undefined
}

/** @param key 32 secret bytes. */
export function createRefreshTokens(key: Buffer): RefreshTokens {
  const mac = (body: string) => createHmac('sha256', key).update(body).digest()
  return {
    mint({ sessionId, generation }) {
      const body = `${sessionId}.${generation}`
      return `${body}.${mac(body).toString('base64url')}`
    },
    read(token) {
      const [sessionId = '', generation = '', signature = '', ...rest] = token.split('.')
      if (rest.length > 0 || !isUuid(sessionId) || !/^\d{1,9}$/.test(generation)) return undefined
      const expected = mac(`${sessionId}.${generation}`)
      const given = Buffer.from(signature, 'base64url')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
      return { sessionId, generation: Number(generation) }
    },
  }
}
