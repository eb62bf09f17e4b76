import { uuidv7 } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, eq, isNull, sql } from './orm.ts'
import { apiKeys, archives, idempotentRequests, users } from './schema.ts'
import { findDefaultTier } from './tiers.ts'
import { endSessionsOf, lockTierOfUsers } from './users.ts'

export type DemoOutcome =
  | { outcome: 'made'; userId: string }
  | { outcome: 'reset'; userId: string }
  /** Somebody else has the name: nothing of theirs is touched. */
  | { outcome: 'name-taken' }

/**
 * Makes the demo user, or puts its password and tier back and ends its
 * sessions, API keys, links and archives. One that an administrator disabled stays so.
 */
export async function resetDemoUser(
  { db }: Database,
  { username, passwordHash }: { username: string; passwordHash: string },
): Promise<DemoOutcome> {
  return db.transaction(async (tx): Promise<DemoOutcome> => {
    const { id: tierId } = await findDefaultTier({ db: tx })
    await lockTierOfUsers(tx, tierId)
    const made = await tx
      .insert(users)
      .values({ id: uuidv7(), username, passwordHash, role: 'user', tierId, isDemo: true })
      .onConflictDoNothing()
      .returning({ id: users.id })
    if (made[0] !== undefined) return { outcome: 'made', userId: made[0].id }
    const [demo] = await tx
      .update(users)
      .set({
        passwordHash,
        tierId,
        linkEpoch: sql`${users.linkEpoch} + 1`,
        updatedAt: sql`now()`,
      })
      .where(and(sql`lower(${users.username}) = lower(${username})`, users.isDemo, isNull(users.deletedAt)))
      .returning({ id: users.id })
    if (demo === undefined) return { outcome: 'name-taken' }
    await endSessionsOf(tx, demo.id)
    await tx.delete(apiKeys).where(eq(apiKeys.userId, demo.id))
    await tx.delete(archives).where(eq(archives.ownerId, demo.id))
    await tx.delete(idempotentRequests).where(eq(idempotentRequests.userId, demo.id))
    return { outcome: 'reset', userId: demo.id }
  })
}
