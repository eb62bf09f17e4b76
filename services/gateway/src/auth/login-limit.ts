import { createTurns, networkOf } from '@tintype/service-kit'
import type { FailureCounts } from './failure-counts.ts'

export interface LoginLimits {
  windowMs: number
  /** Wrong passwords for one account from one address: somebody guesses, and others with that account go on. */
  accountFromAddress: number
  /** For one account from anywhere: many addresses guess together. It locks the owner out too, so it is high. */
  account: number
  /** From one address for any account: somebody tries one password on everybody. */
  address: number
}

const DEFAULTS: LoginLimits = {
  windowMs: 15 * 60_000,
  accountFromAddress: 10,
  account: 500,
  address: 100,
}

/** Whose password is tried: their id, or the name where nobody has it. */
export interface Attempt {
  account: string
  address: string
}

export type LimitedOutcome<T> =
  | { outcome: 'checked'; value: T }
  /** Nothing was checked. */
  | { outcome: 'locked'; retryAfterSeconds: number }

/**
 * Runs a check of a password unless too many failed. `check` answers undefined
 * where the password was wrong; that counts, and nothing else does: people who
 * know their passwords sign in as often as they like, from one address or many.
 */
export type LoginLimit = <T>(
  attempt: Attempt,
  check: () => Promise<T | undefined>,
) => Promise<LimitedOutcome<T | undefined>>

export function createLoginLimit(counts: FailureCounts, limits: Partial<LoginLimits> = {}): LoginLimit {
  const { windowMs, ...max } = { ...DEFAULTS, ...limits }
  const inTurn = createTurns()

  return (attempt, check) => {
    const account = attempt.account.toLowerCase()
    const network = networkOf(attempt.address)
    const watched = [
      { key: `account-address:${account}@${network}`, max: max.accountFromAddress },
      { key: `account:${account}`, max: max.account },
      { key: `address:${network}`, max: max.address },
    ]
    const keys = watched.map(({ key }) => key)
    // Tries at one account from one address wait for each other, or a thousand at once would all find it open.
    return inTurn(`${account}@${network}`, async () => {
      const found = await counts.read(keys)
      const waitMs = Math.max(
        ...watched.map(({ max }, i) => ((found[i]?.failures ?? 0) >= max ? (found[i]?.remainingMs ?? 0) : 0)),
      )
      if (waitMs > 0) return { outcome: 'locked', retryAfterSeconds: Math.ceil(waitMs / 1000) }
      const value = await check()
      if (value === undefined) await counts.add(keys, windowMs)
      return { outcome: 'checked', value }
    })
  }
}
