import type { FastifyRequest } from 'fastify'
import { OriginMismatch } from './errors.ts'

export interface OwnOrigins {
  /** Where people reach the product. */
  publicUrl: () => string
  /** Other origins whose pages may act for their users. */
  corsOrigins: string[]
}

/** Refuses a request that a page of a foreign origin may have had a browser send. */
export type OriginCheck = (request: FastifyRequest) => void

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/**
 * A browser adds a cookie by itself, so the cookie alone does not say that the
 * person wanted the request. Where a request changes something, its `Origin`
 * has to be ours; a browser that sends none says `Sec-Fetch-Site` (OWASP,
 * Cross-Site Request Forgery Prevention). SameSite=Strict keeps other sites
 * out by itself, yet not other origins of the same site.
 *
 * @throws OriginMismatch
 */
export function createOriginCheck({ publicUrl, corsOrigins }: OwnOrigins): OriginCheck {
  return (request) => {
    if (SAFE_METHODS.includes(request.method)) return
    const { origin, 'sec-fetch-site': site } = request.headers
    const isOurs =
      origin === undefined
        ? site === 'same-origin'
        : origin === `${request.protocol}://${request.host}` ||
          origin === new URL(publicUrl()).origin ||
          corsOrigins.includes(origin)
    if (!isOurs) throw new OriginMismatch()
  }
}
