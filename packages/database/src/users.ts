import { type Role, type Tier, uuidv7 } from '@tintype/domain'
import { type AuditActor, type AuditFields, recordAudit } from './audit.ts'
import { type Database, type Executor, violatedConstraint } from './client.ts'
import { and, desc, eq, isNull, lt, or, sql } from './orm.ts'
import { apiKeys, archives, sessions, tiers, users } from './schema.ts'
import { containsText } from './text-search.ts'
import { tierColumns } from './tiers.ts'

export interface User {
  id: string
  username: string
  email: string | null
  role: Role
  disabledAt: Date | null
  usedBytes: number
  usedImages: number
  createdAt: Date
  tier: Tier
}

/** The columns that make a `User` of a query joined with `tiers`. */
export const userColumns = {
  id: users.id,
  username: users.username,
  email: users.email,
  role: users.role,
  disabledAt: users.disabledAt,
  usedBytes: users.usedBytes,
  usedImages: users.usedImages,
  createdAt: users.createdAt,
  tier: tierColumns,
}

/** That a user may use the product now. */
export const isActive = sql`${users.disabledAt} IS NULL AND ${users.deletedAt} IS NULL`

export interface NewUser {
  username: string
  email?: string | undefined
  passwordHash: string
  role: Role
  tierId: string
}

export type UserOutcome =
  | { outcome: 'saved'; user: User }
  | { outcome: 'username-taken' }
  | { outcome: 'email-taken' }
  | { outcome: 'unknown-tier' }
  | { outcome: 'not-found' }
  | { outcome: 'last-admin' }

/** @param by the administrator who makes them; nobody where the product itself does. */
export async function createUser(database: Database, fields: NewUser, by?: AuditActor): Promise<UserOutcome> {
  const id = uuidv7()
  return saving(() =>
    database.db.transaction(async (tx) => {
      await tx.insert(users).values({ id, ...fields, email: fields.email ?? null })
      const user = await findUser({ db: tx }, id)
      if (user === undefined) return { outcome: 'not-found' }
      await recordAudit(tx, by, { action: 'user.create', subjectId: id, after: auditFieldsOf(user) })
      return { outcome: 'saved', user }
    }),
  )
}

/** Finds a user who is not deleted. */
export async function findUser({ db }: { db: Executor }, id: string): Promise<User | undefined> {
  const [user] = await db
    .select(userColumns)
    .from(users)
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(and(eq(users.id, id), isNull(users.deletedAt)))
  return user
}

export interface UserQuery {
  limit: number
  /** The id of the last user of the page before. */
  after?: string | undefined
  /** Text that the name or the address contain, in any case. */
  text?: string | undefined
  tierId?: string | undefined
  role?: Role | undefined
  disabled?: boolean | undefined
}

/** A page of users with their tiers, newest first, in one query. */
export async function listUsers({ db }: Database, query: UserQuery): Promise<User[]> {
  const { after, text, tierId, role, disabled } = query
  return db
    .select(userColumns)
    .from(users)
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(
      and(
        isNull(users.deletedAt),
        after === undefined ? undefined : lt(users.id, after),
        text === undefined ? undefined : containsText(text, users.username, users.email),
        tierId === undefined ? undefined : eq(users.tierId, tierId),
        role === undefined ? undefined : eq(users.role, role),
        disabled === undefined ? undefined : sql`(${users.disabledAt} IS NOT NULL) = ${disabled}`,
      ),
    )
    .orderBy(desc(users.id))
    .limit(query.limit)
}

/** What a login needs: the user and the hash of the password, by the name in any case. Disabled users are found too. */
export async function findCredentials(
  { db }: Database,
  username: string,
): Promise<{ user: User; passwordHash: string } | undefined> {
  const [row] = await db
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(and(sql`lower(${users.username}) = lower(${username})`, isNull(users.deletedAt)))
  if (row === undefined) return undefined
  const { passwordHash, ...user } = row
  return { user, passwordHash }
}

export interface UserChanges {
  role?: Role
  tierId?: string
  disabled?: boolean
  /** `null` takes the address away. */
  email?: string | null
}

/**
 * Changes what an administrator may change. Disabling ends the user's sessions,
 * API keys and links in the same transaction. The last administrator who can
 * still sign in is neither disabled nor given another role.
 */
export async function updateUser(
  database: Database,
  id: string,
  changes: UserChanges,
  by?: AuditActor,
): Promise<UserOutcome> {
  const { role, tierId, disabled, email } = changes
  return saving(() =>
    database.db.transaction(async (tx): Promise<UserOutcome> => {
      // A tier is locked before users, here as where a tier is deleted: in another order the two would wait for each other.
      if (tierId !== undefined && !(await lockTierOfUsers(tx, tierId))) return { outcome: 'unknown-tier' }
      const losesAdmin = disabled === true || (role !== undefined && role !== 'admin')
      if ((await lockUserAndAdmins(tx, id)) === 'last-admin' && losesAdmin) return { outcome: 'last-admin' }
      const before = await findUser({ db: tx }, id)
      if (before === undefined) return { outcome: 'not-found' }
      await tx
        .update(users)
        .set({
          ...(role === undefined ? {} : { role }),
          ...(tierId === undefined ? {} : { tierId }),
          ...(email === undefined ? {} : { email }),
          ...(disabled === undefined
            ? {}
            : { disabledAt: disabled ? sql`coalesce(${users.disabledAt}, now())` : null }),
          ...(disabled === true ? { linkEpoch: sql`${users.linkEpoch} + 1` } : {}),
          updatedAt: sql`now()`,
        })
        .where(eq(users.id, id))
      if (disabled === true) {
        await endSessionsOf(tx, id)
        await tx.delete(apiKeys).where(eq(apiKeys.userId, id))
        await tx.delete(archives).where(eq(archives.ownerId, id))
      }
      const user = await findUser({ db: tx }, id)
      if (user === undefined) return { outcome: 'not-found' }
      await recordAudit(tx, by, {
        action: 'user.update',
        subjectId: id,
        before: auditFieldsOf(before),
        after: auditFieldsOf(user),
      })
      return { outcome: 'saved', user }
    }),
  )
}

/**
 * Locks a user together with every administrator who can sign in, in id order,
 * so that two administrators cannot remove each other at once.
 *
 * @returns `last-admin` where the user is the only one of those.
 */
export async function lockUserAndAdmins(tx: Executor, id: string): Promise<'last-admin' | 'other'> {
  const locked = await tx
    .select({ id: users.id, role: users.role, disabledAt: users.disabledAt, deletedAt: users.deletedAt })
    .from(users)
    .where(
      or(
        eq(users.id, id),
        sql`${users.role} = 'admin' AND ${users.disabledAt} IS NULL AND ${users.deletedAt} IS NULL`,
      ),
    )
    .orderBy(users.id)
    .for('update')
  const admins = locked.filter(
    (user) => user.role === 'admin' && user.disabledAt === null && user.deletedAt === null,
  )
  return admins.length === 1 && admins[0]?.id === id ? 'last-admin' : 'other'
}

/** Keeps a tier from being deleted until the transaction ends. @returns whether there is such a tier. */
export async function lockTierOfUsers(tx: Executor, tierId: string): Promise<boolean> {
  const rows = await tx.select({ id: tiers.id }).from(tiers).where(eq(tiers.id, tierId)).for('key share')
  return rows.length === 1
}

/** Ends every session of a user, in a transaction that does more. */
export async function endSessionsOf(tx: Executor, userId: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)))
}

/** A user as the audit log shows them. */
export function auditFieldsOf(user: User): AuditFields {
  const { username, email, role, tier, disabledAt } = user
  return { username, email, role, tier: tier.name, disabled: disabledAt !== null }
}

/**
 * Makes the first administrator, with links and originals (the Enterprise
 * tier, or the default one where that was renamed), unless there is a user
 * already who is not the demo user, which a worker may have made before. Safe
 * with many replicas starting at once.
 *
 * @returns whether this call made one.
 */
export async function createFirstAdmin(
  { db }: Database,
  username: string,
  hash: () => Promise<string>,
): Promise<boolean> {
  const [any] = await db.select({ id: users.id }).from(users).where(eq(users.isDemo, false)).limit(1)
  if (any !== undefined) return false
  const passwordHash = await hash()
  return db.transaction(async (tx) => {
    await tx.execute(sql`LOCK TABLE ${users} IN SHARE ROW EXCLUSIVE MODE`)
    const made = await tx.execute(sql`
      INSERT INTO users (id, username, password_hash, role, tier_id)
      SELECT ${uuidv7()}, ${username}, ${passwordHash}, 'admin', id FROM tiers
      WHERE (name = 'Enterprise' OR is_default) AND NOT EXISTS (SELECT FROM users WHERE NOT is_demo)
      ORDER BY is_default LIMIT 1
      RETURNING id`)
    return made.length === 1
  })
}

async function saving(save: () => Promise<UserOutcome>): Promise<UserOutcome> {
  try {
    return await save()
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'users_username':
        return { outcome: 'username-taken' }
      case 'users_email':
        return { outcome: 'email-taken' }
      case 'users_tier_id_fkey':
        return { outcome: 'unknown-tier' }
      default:
        throw error
    }
  }
}
