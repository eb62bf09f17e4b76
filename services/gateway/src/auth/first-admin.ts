import { createFirstAdmin, type Database } from '@tintype/database'
import { ConfigError, hashPassword, type Log } from '@tintype/service-kit'
import { passwordProblem } from './passwords.ts'

export interface FirstAdmin {
  username: string
  password: string | undefined
  passwordMinLength: number
}

/**
 * Makes the first administrator of a new installation; does nothing when there
 * is any user.
 *
 * @throws ConfigError naming ADMIN_PASSWORD when one is needed and it is missing or weak.
 */
export async function ensureFirstAdmin(database: Database, admin: FirstAdmin, log: Log): Promise<void> {
  const { username, password, passwordMinLength } = admin
  const made = await createFirstAdmin(database, username, async () => {
    if (password === undefined) {
      throw new ConfigError(
        'ADMIN_PASSWORD is not set, and there is no user yet: it becomes the first administrator’s.',
      )
    }
    const problem = passwordProblem(password, { username, minLength: passwordMinLength })
    if (problem !== undefined) throw new ConfigError(`ADMIN_PASSWORD ${problem.replace(/^password: /, '')}`)
    return hashPassword(password)
  })
  if (made) log.info({ username }, 'made the first administrator')
}
