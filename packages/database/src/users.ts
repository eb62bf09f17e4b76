import { type Role, type Tier, uuidv7 } from '@tintype/domain'
import { eq, sql } from 'drizzle-orm'
import { type Database, violatedConstraint } from './client.ts'
import { apiKeys, sessions, tiers, users } from './schema.ts'
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
  | { outcome: 'not-found' }
  | { outcome: 'last-admin' }

export async function createUser(database: Database, fields: NewUser): Promise<UserOutcome> {
  const id = uuidv7()
  try {
    await database.db.insert(users).values({ id, ...fields, email: fields.email ?? null })
  } catch (error) {
    const constraint = violatedConstraint(error)
    if (constraint === 'users_username') return { outcome: 'username-taken' }
    if (constraint === 'users_email') return { outcome: 'email-taken' }
    throw error
  }
  return found(await findUser(database, id))
}

export async function findUser({ db }: Database, id: string): Promise<User | undefined> {
  const [user] = await db
    .select(userColumns)
    .from(users)
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(eq(users.id, id))
  return user
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
    .where(sql`lower(${users.username}) = lower(${username})`)
  if (row === undefined) return undefined
  const { passwordHash, ...user } = row
  return { user, passwordHash }
}

export interface UserChanges {
  role?: Role
  tierId?: string
  disabled?: boolean
}

/**
 * Changes what an administrator may change. Disabling ends the user's sessions,
 * API keys and links in the same transaction. The last administrator who can still sign
 * in is neither disabled nor given another role.
 */
export async function updateUser(database: Database, id: string, changes: UserChanges): Promise<UserOutcome> {
  const outcome = await database.db.transaction(async (tx): Promise<'saved' | 'not-found' | 'last-admin'> => {
    // Locked in id order, so that two administrators cannot remove each other at once.
    const admins = await tx
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.role} = 'admin' AND ${users.disabledAt} IS NULL`)
      .orderBy(users.id)
      .for('update')
    const losesAdmin = changes.disabled === true || (changes.role !== undefined && changes.role !== 'admin')
    if (losesAdmin && admins.length === 1 && admins[0]?.id === id) return 'last-admin'
    const [user] = await tx
      .update(users)
      .set({
        ...(changes.role === undefined ? {} : { role: changes.role }),
        ...(changes.tierId === undefined ? {} : { tierId: changes.tierId }),
        ...(changes.disabled === undefined
          ? {}
          : { disabledAt: changes.disabled ? sql`coalesce(${users.disabledAt}, now())` : null }),
        ...(changes.disabled === true ? { linkEpoch: sql`${users.linkEpoch} + 1` } : {}),
        updatedAt: sql`now()`,
      })
      .where(eq(users.id, id))
      .returning({ id: users.id })
    if (user === undefined) return 'not-found'
    if (changes.disabled === true) {
      await tx
        .update(sessions)
        .set({ endedAt: sql`now()` })
        .where(sql`${sessions.userId} = ${id} AND ${sessions.endedAt} IS NULL`)
      await tx.delete(apiKeys).where(eq(apiKeys.userId, id))
    }
    return 'saved'
  })
  return outcome === 'saved' ? found(await findUser(database, id)) : { outcome }
}

/**
 * Makes the first administrator, with links and originals (the Enterprise
 * tier, or the default one where that was renamed), unless there is a user
 * already. Safe with many replicas starting at once.
 *
 * @returns whether this call made one.
 */
export async function createFirstAdmin(
  { db }: Database,
  username: string,
  hash: () => Promise<string>,
): Promise<boolean> {
  const [any] = await db.select({ id: users.id }).from(users).limit(1)
  if (any !== undefined) return false
  const passwordHash = await hash()
  return db.transaction(async (tx) => {
    await tx.execute(sql`LOCK TABLE ${users} IN SHARE ROW EXCLUSIVE MODE`)
    const made = await tx.execute(sql`
      INSERT INTO users (id, username, password_hash, role, tier_id)
      SELECT ${uuidv7()}, ${username}, ${passwordHash}, 'admin', id FROM tiers
      WHERE (name = 'Enterprise' OR is_default) AND NOT EXISTS (SELECT FROM users)
      ORDER BY is_default LIMIT 1
      RETURNING id`)
    return made.length === 1
  })
}

function found(user: User | undefined): UserOutcome {
  return user === undefined ? { outcome: 'not-found' } : { outcome: 'saved', user }
}
