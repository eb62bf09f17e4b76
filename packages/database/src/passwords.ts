import { type AuditActor, recordAudit } from './audit.ts'
import type { Database } from './client.ts'
import { and, eq, isNull, ne, sql } from './orm.ts'
import { sessions, users } from './schema.ts'

export interface NewPassword {
  userId: string
  passwordHash: string
  /** The hash that the old password was checked against: nothing is changed once it is another. */
  replaces?: string
  /** The session that goes on; none unless told. */
  exceptSessionId?: string
  /** The administrator who gives it, where it is not the user. */
  by?: AuditActor
}

/**
 * Gives a user a password, and ends their sessions in the same transaction. A
 * login under way with the old one waits for it, and is refused after it: see
 * `createSession`. API keys go on: they are no copy of the password.
 *
 * @returns whether there is such a user, with the password that was to be replaced.
 */
export async function setPassword(
  { db }: Database,
  { userId, passwordHash, replaces, exceptSessionId, by }: NewPassword,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(users)
      .set({ passwordHash, updatedAt: sql`now()` })
      .where(
        and(
          eq(users.id, userId),
          isNull(users.deletedAt),
          replaces === undefined ? undefined : eq(users.passwordHash, replaces),
        ),
      )
      .returning({ id: users.id })
    if (changed.length === 0) return false
    await tx
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(
        and(
          eq(sessions.userId, userId),
          exceptSessionId === undefined ? undefined : ne(sessions.id, exceptSessionId),
          sql`${sessions.endedAt} IS NULL`,
        ),
      )
    await recordAudit(tx, by, { action: 'user.password', subjectId: userId })
    return true
  })
}

/** The hash of a user's password. */
export async function findPasswordHash({ db }: Database, userId: string): Promise<string | undefined> {
  const [user] = await db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, userId))
  return user?.hash
}
