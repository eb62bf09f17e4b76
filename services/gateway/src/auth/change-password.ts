import { type Database, findPasswordHash, setPassword, type User } from '@tintype/database'
import { hashPassword, verifyPassword } from '@tintype/service-kit'
import type { LoginLimit } from './login-limit.ts'
import { passwordProblem } from './passwords.ts'

export interface ChangePasswordDependencies {
  database: Database
  loginLimit: LoginLimit
  passwordMinLength: number
}

export interface PasswordChangeOrder {
  /** Whose old password is asked for, and whose password is changed: one and the same. */
  user: User
  /** The session that goes on. */
  sessionId: string
  address: string
  oldPassword: string
  newPassword: string
}

export type PasswordChangeOutcome =
  | { outcome: 'changed' }
  | { outcome: 'wrong-password' }
  | { outcome: 'weak'; problem: string }
  | { outcome: 'locked'; retryAfterSeconds: number }

/** Changes a user's own password and ends their other sessions. Of two changes at once, one finds its old password wrong. */
export async function changePassword(
  { database, loginLimit, passwordMinLength }: ChangePasswordDependencies,
  { user, sessionId, address, oldPassword, newPassword }: PasswordChangeOrder,
): Promise<PasswordChangeOutcome> {
  const { id: userId, username, email } = user
  const problem =
    newPassword === oldPassword
      ? 'password: must be another than the old one.'
      : passwordProblem(newPassword, { username, email, minLength: passwordMinLength })
  if (problem !== undefined) return { outcome: 'weak', problem }

  // Who is signed in has been here before.
  const attempt = { account: userId, address, isFamiliar: async () => true }
  const tried = await loginLimit(attempt, async () => {
    const replaces = await findPasswordHash(database, userId)
    if (replaces === undefined || !(await verifyPassword(oldPassword, replaces))) return undefined
    const passwordHash = await hashPassword(newPassword)
    const changed = await setPassword(database, {
      userId,
      passwordHash,
      replaces,
      exceptSessionId: sessionId,
    })
    return changed ? 'changed' : undefined
  })
  if (tried.outcome === 'locked') return tried
  return { outcome: tried.value ?? 'wrong-password' }
}
