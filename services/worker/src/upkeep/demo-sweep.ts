import { resetDemoUser } from '@tintype/database'
import { hashPassword, type Logger } from '@tintype/service-kit'
import type { DeletionDependencies } from './delete-image.ts'
import { removeImages } from './remove-user.ts'

export interface DemoAccount {
  username: string
  password: string
}

export type DemoSweepDependencies = DeletionDependencies & {
  log: Pick<Logger, 'error' | 'info'>
  demoAccount?: DemoAccount | undefined
}

/**
 * Makes the demo user where one is configured and missing; else ends its
 * sessions and links, puts its password and tier back and removes its pictures.
 * A user of that name who was made otherwise is left alone.
 */
export async function sweepDemo(
  dependencies: DemoSweepDependencies,
  options: { batch: number; signal?: AbortSignal },
): Promise<{ removed: number }> {
  const { database, log, demoAccount } = dependencies
  if (demoAccount === undefined) return { removed: 0 }
  const { username, password } = demoAccount
  const demo = await resetDemoUser(database, { username, passwordHash: await hashPassword(password) })
  if (demo.outcome === 'name-taken') {
    log.error({ username }, 'DEMO_ACCOUNT names a user who is no demo user; nothing of theirs is touched')
    return { removed: 0 }
  }
  if (demo.outcome === 'made') log.info({ username }, 'made the demo user')
  return removeImages(dependencies, demo.userId, options)
}
