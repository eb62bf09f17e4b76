import { createHmac, timingSafeEqual } from 'node:crypto'
import { isUuid } from '@tintype/domain'

/**
 * Ids that whoever has their signature may use, with no other credentials. A
 * signature goes into a query, which no log holds. How long it is good is said
 * by the row that the id names.
 */
export interface SignedIds {
  sign(id: string): string
  /** Whether it is an id, and its signature is ours. */
  verify(id: string, signature: string): boolean
}

/** @param key 32 secret bytes, of this purpose alone. */
export function createSignedIds(key: Buffer): SignedIds {
  const mac = (id: string) => createHmac('sha256', key).update(id).digest()
  return {
    sign: (id) => mac(id).toString('base64url'),
    verify(id, signature) {
      if (!isUuid(id)) return false
      const [expected, given] = [mac(id), Buffer.from(signature, 'base64url')]
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
