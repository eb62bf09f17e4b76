import { networkOf } from '@tintype/service-kit'

export interface ForgedTokenLimit {
  /**
   * Counts a forged token from this address.
   *
   * @returns 0, or the seconds after which the address may send the next one.
   */
  count(address: string): number
}

export interface ForgedTokenLimitOptions {
  /** Forged tokens that an address may send at once. */
  burst: number
  /** And then one for each so many seconds. */
  refillSeconds: number
  /** Addresses remembered at most; the ones longest quiet are forgotten first. */
  maxAddresses: number
  /** Monotonic, in milliseconds. */
  now: () => number
}

/** Far more than a person makes by cutting links short while copying, and nothing towards guessing 256 bits. */
const DEFAULTS: ForgedTokenLimitOptions = {
  burst: 30,
  refillSeconds: 2,
  maxAddresses: 10_000,
  now: () => performance.now(),
}

/** A token bucket for each address, in this process's memory: a forged link costs no store a thing. */
export function createForgedTokenLimit(options: Partial<ForgedTokenLimitOptions> = {}): ForgedTokenLimit {
  const { burst, refillSeconds, maxAddresses, now } = { ...DEFAULTS, ...options }
  const buckets = new Map<string, { tokens: number; at: number }>()

  return {
    count(address) {
      const key = networkOf(address)
      const at = now()
      const bucket = buckets.get(key)
      const refilled = bucket === undefined ? burst : bucket.tokens + (at - bucket.at) / 1000 / refillSeconds
      const tokens = Math.min(burst, refilled)
      const allowed = tokens >= 1
      // Set anew, so that a map's order of insertion is the order of last use.
      buckets.delete(key)
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at })
      if (buckets.size > maxAddresses) {
        const [longestQuiet] = buckets.keys()
        if (longestQuiet !== undefined) buckets.delete(longestQuiet)
      }
      return allowed ? 0 : Math.ceil((1 - tokens) * refillSeconds)
    },
  }
}
