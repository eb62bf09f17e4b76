import { type AuditActor, eraseFromAudit, recordAudit } from './audit.ts'
import type { Database } from './client.ts'
import { and, asc, eq, isNotNull, sql } from './orm.ts'
import { apiKeys, archives, directUploads, idempotentRequests, sessions, users } from './schema.ts'
import { auditFieldsOf, findUser, lockUserAndAdmins } from './users.ts'

export type UserDeletionOutcome =
  | { outcome: 'deleted' }
  | { outcome: 'not-found' }
  | { outcome: 'last-admin' }

/**
 * Makes a user invisible at once and ends all that they hold: sessions, API
 * keys, links, archives. Their name and address are free again, and are taken
 * out of the audit log. Their images go later (`markImagesDeleting`), then the
 * row with what hangs on it (`finishUserDeletion`).
 */
export async function deleteUser({ db }: Database, id: string, by: AuditActor): Promise<UserDeletionOutcome> {
  return db.transaction(async (tx): Promise<UserDeletionOutcome> => {
    // First, as whatever ends one of them locks it before its owner.
    await tx
      .select({ id: directUploads.id })
      .from(directUploads)
      .where(eq(directUploads.ownerId, id))
      .orderBy(directUploads.id)
      .for('update')
    if ((await lockUserAndAdmins(tx, id)) === 'last-admin') return { outcome: 'last-admin' }
    const user = await findUser({ db: tx }, id)
    if (user === undefined) return { outcome: 'not-found' }
    await tx
      .update(users)
      .set({
        deletedAt: sql`now()`,
        disabledAt: sql`coalesce(${users.disabledAt}, now())`,
        linkEpoch: sql`${users.linkEpoch} + 1`,
        // No name has a blank in it, so this is nobody's.
        username: `deleted ${id}`,
        email: null,
        passwordHash: '',
        updatedAt: sql`now()`,
      })
      .where(eq(users.id, id))
    // With where they signed in from, and on what.
    await tx.delete(sessions).where(eq(sessions.userId, id))
    await tx.delete(apiKeys).where(eq(apiKeys.userId, id))
    await tx.delete(archives).where(eq(archives.ownerId, id))
    await tx.delete(idempotentRequests).where(eq(idempotentRequests.userId, id))
    // Those that became images are kept for an answer that nobody asks for any more.
    await tx
      .delete(directUploads)
      .where(and(eq(directUploads.ownerId, id), isNotNull(directUploads.completedAt)))
    // The others' files in the staging area go as those of any reservation that has expired.
    await tx
      .update(directUploads)
      .set({ expiresAt: sql`least(${directUploads.expiresAt}, now())` })
      .where(eq(directUploads.ownerId, id))
    await recordAudit(tx, by, { action: 'user.delete', subjectId: id, before: auditFieldsOf(user) })
    await eraseFromAudit(tx, id)
    return { outcome: 'deleted' }
  })
}

/** Ids of deleted users whose row is still there: those deleted first come first. */
export async function listUnfinishedUserDeletions({ db }: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(isNotNull(users.deletedAt))
    .orderBy(asc(users.deletedAt))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Whether a user is deleted and their row still there. */
export async function isUserDeleted({ db }: Database, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), isNotNull(users.deletedAt)))
  return rows.length === 1
}

/** Removes the row of a deleted user who owns nothing any more. @returns whether it did. */
export async function finishUserDeletion({ db }: Database, id: string): Promise<boolean> {
  const gone = await db.execute(sql`
    DELETE FROM users u WHERE u.id = ${id} AND u.deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM images WHERE owner_id = u.id)
      AND NOT EXISTS (SELECT FROM direct_uploads WHERE owner_id = u.id)
    RETURNING u.id`)
  return gone.length === 1
}
