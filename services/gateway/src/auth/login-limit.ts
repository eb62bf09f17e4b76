import { createTurns, networkOf } from '@tintype/service-kit'
import type { FailureCounts } from './failure-counts.ts'

export interface LoginLimits {
  windowMs: number
  /** Wrong passwords for one account from one address: somebody guesses, and others with that account go on. */
  accountFromAddress: number
  /** For one account from anywhere: many addresses guess together. */
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
  /**
   * Whether the account has signed in from the address before: then what others
   * do from there, or to the account from elsewhere, does not lock it out. Asked
   * only where it would.
   */
  isFamiliar(): Promise<boolean>
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
    const keys = [`account-address:${account}@${network}`, `account:${account}`, `address:${network}`]
    const maxima = [max.accountFromAddress, max.account, max.address]
    // Tries at one account from one address wait for each other, or a thousand at once would all find it open.
    return inTurn(`${account}@${network}`, async () => {
      const found = await counts.read(keys)
      const [own = 0, ...others] = found.map(({ failures, remainingMs }, i) =>
        failures >= (maxima[i] ?? 0) ? remainingMs : 0,
      )
      const elsewhere = Math.max(...others)
      const waitMs = own === 0 && elsewhere > 0 && (await attempt.isFamiliar()) ? 0 : Math.max(own, elsewhere)
      if (waitMs > 0) return { outcome: 'locked', retryAfterSeconds: Math.ceil(waitMs / 1000) }
      const value = await check()
      if (value === undefined) await counts.add(keys, windowMs)
      return { outcome: 'checked', value }
    })
  }
}
