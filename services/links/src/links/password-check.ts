import { createTurns, verifyPassword } from '@tintype/service-kit'
import type { LiveRecord } from './live-record.ts'

export type PasswordOutcome =
  | { outcome: 'admitted' }
  | { outcome: 'password-needed' }
  | { outcome: 'password-locked'; retryAfterSeconds: number }

export type PasswordCheck = (
  link: { id: string; passwordHash: string | null },
  password: string | undefined,
) => Promise<PasswordOutcome>

/**
 * Compares a visitor's password with the link's. A try is taken before the
 * comparison, so that a thousand guesses at once are ten guesses, and given
 * back when the password was right. Tries at one link wait for each other, or
 * a download in many parts would lock itself out.
 */
export function createPasswordCheck(record: Pick<LiveRecord, 'takeTry' | 'giveTryBack'>): PasswordCheck {
  const inTurn = createTurns()

  return async ({ id, passwordHash }, password) => {
    if (passwordHash === null) return { outcome: 'admitted' }
    if (password === undefined) return { outcome: 'password-needed' }
    return inTurn(id, async (): Promise<PasswordOutcome> => {
      const retryAfterSeconds = await record.takeTry(id)
      if (retryAfterSeconds > 0) return { outcome: 'password-locked', retryAfterSeconds }
      if (!(await verifyPassword(password, passwordHash))) return { outcome: 'password-needed' }
      await record.giveTryBack(id)
      return { outcome: 'admitted' }
    })
  }
}
