import { type Scope, uuidv7 } from '@tintype/domain'
import { type Database, violatedConstraint } from './client.ts'
import { and, desc, eq, sql } from './orm.ts'
import { prepareOnce } from './prepared.ts'
import { apiKeys, tiers, users } from './schema.ts'
import { isActive, type User, userColumns } from './users.ts'

export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  /** Its first characters. */
  hint: string
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
}

export interface NewApiKey {
  userId: string
  name: string
  scopes: Scope[]
  secretSha256: string
  hint: string
  /** Either of them, or neither for a key that does not expire. */
  expiresInSeconds?: number | undefined
  expiresAt?: Date | undefined
}

export type ApiKeyOutcome =
  | { outcome: 'created'; key: ApiKey }
  | { outcome: 'name-taken' }
  | { outcome: 'too-many' }
  /** By PostgreSQL's clock. */
  | { outcome: 'already-expired' }
  /** Disabled or deleted since the request was let in. */
  | { outcome: 'user-gone' }

const columns = {
  id: apiKeys.id,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  hint: apiKeys.hint,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
}

/** Keeps a new key's hash, unless its user has `max` keys already, expired ones included. */
export async function createApiKey(
  { db }: Database,
  { expiresInSeconds, expiresAt, ...fields }: NewApiKey,
  max: number,
): Promise<ApiKeyOutcome> {
  const expiry =
    expiresInSeconds === undefined
      ? sql`${expiresAt?.toISOString() ?? null}::timestamptz`
      : sql`now() + make_interval(secs => ${expiresInSeconds})`
  try {
    return await db.transaction(async (tx): Promise<ApiKeyOutcome> => {
      // Keys of one user are made one after the other, or two at once would both find room for one.
      const [owner] = await tx
        .select({ live: sql<boolean>`coalesce(${expiry} > now(), true)` })
        .from(users)
        .where(and(eq(users.id, fields.userId), isActive))
        .for('no key update')
      if (owner === undefined) return { outcome: 'user-gone' }
      if (!owner.live) return { outcome: 'already-expired' }
      if ((await tx.$count(apiKeys, eq(apiKeys.userId, fields.userId))) >= max) return { outcome: 'too-many' }
      const [key] = await tx
        .insert(apiKeys)
        .values({ id: uuidv7(), ...fields, expiresAt: expiry })
        .returning(columns)
      if (key === undefined) throw new Error('PostgreSQL returned no row')
      return { outcome: 'created', key }
    })
  } catch (error) {
    if (violatedConstraint(error) === 'api_keys_name') return { outcome: 'name-taken' }
    throw error
  }
}

/** A user's keys, newest first, those that have expired among them. */
export async function listApiKeys({ db }: Database, userId: string): Promise<ApiKey[]> {
  return db.select(columns).from(apiKeys).where(eq(apiKeys.userId, userId)).orderBy(desc(apiKeys.id))
}

/** Ends a key of this user. @returns whether there was one. */
export async function deleteApiKey(
  { db }: Database,
  { userId, keyId }: { userId: string; keyId: string },
): Promise<boolean> {
  const gone = await db
    .delete(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.userId, userId)))
    .returning({ id: apiKeys.id })
  return gone.length === 1
}

export interface KeyHolder {
  user: User
  keyId: string
  scopes: Scope[]
  /** Whether its use is worth recording: the last one recorded is a while ago. */
  useIsDue: boolean
}

/** Uses of a key are recorded at most once in so long: what is asked is «is it in use still». */
const USE_RECORDED_EVERY = sql.raw(`interval '1 minute'`)
const useIsDue = sql<boolean>`coalesce(${apiKeys.lastUsedAt} <= now() - ${USE_RECORDED_EVERY}, true)`

/** Whose key this is the hash of, and what it may do, as of now: undefined when it is nobody's, expired, or its user is disabled. */
export async function authenticateApiKey(
  database: Database,
  secretSha256: string,
): Promise<KeyHolder | undefined> {
  const [row] = await selectKeyHolder(database).execute({ secretSha256 })
  if (row === undefined) return undefined
  const { keyId, scopes, useIsDue: due, ...user } = row
  return { user, keyId, scopes, useIsDue: due }
}

const selectKeyHolder = prepareOnce((db) =>
  db
    .select({ ...userColumns, keyId: apiKeys.id, scopes: apiKeys.scopes, useIsDue })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(
      and(
        eq(apiKeys.secretSha256, sql.placeholder('secretSha256')),
        sql`coalesce(${apiKeys.expiresAt} > now(), true)`,
        isActive,
      ),
    )
    .prepare('key_holder'),
)

/** Records that a key is used now. Of many calls at once, one writes. */
export async function recordApiKeyUse({ db }: Database, keyId: string): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(apiKeys.id, keyId), useIsDue))
}
