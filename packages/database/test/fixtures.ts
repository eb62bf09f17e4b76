import { randomBytes } from 'node:crypto'
import { TIER_DEFAULTS, type Tier, type TierGrants, uuidv7 } from '@tintype/domain'
import { createTestDatabase, type Scope } from '@tintype/testkit'
import {
  type AuditActor,
  createPendingImage,
  createTier,
  createUser,
  type Database,
  type DatabaseOptions,
  findDefaultTier,
  type Image,
  migrate,
  type NewImage,
  openDatabase,
  type User,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'

/** A fresh database with the schema in it, on the server of all tests unless told. */
export async function openMigrated(
  t: Scope,
  { server, ...options }: DatabaseOptions & { server?: string } = {},
): Promise<Database & { url: string }> {
  const { url } = await createTestDatabase(t, { server })
  await migrate(url)
  const database = openDatabase(url, options)
  t.teardown(() => database.close())
  return { ...database, url }
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`
}

export async function makeTier(database: Database, grants: Partial<TierGrants> = {}): Promise<Tier> {
  const made = await createTier(database, {
    ...TIER_DEFAULTS,
    ...grants,
    name: uniqueName('tier'),
    isDefault: false,
  })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  return made.tier
}

export async function makeUser(
  database: Database,
  fields: { role?: User['role']; tier?: Tier; username?: string } = {},
): Promise<User> {
  const made = await createUser(database, {
    username: fields.username ?? uniqueName('user'),
    passwordHash: 'not a hash',
    role: fields.role ?? 'user',
    tierId: (fields.tier ?? (await findDefaultTier(database))).id,
  })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  return made.user
}

export function newImage(owner: User, fields: Partial<NewImage> = {}): NewImage {
  return {
    id: uuidv7(),
    ownerId: owner.id,
    title: 'A title',
    filename: 'picture.jpg',
    sha256: '0'.repeat(64),
    format: 'jpeg',
    width: 800,
    height: 600,
    bytes: 1000,
    ...fields,
  }
}

export async function makeImage(
  database: Database,
  owner: User,
  fields: Partial<NewImage> = {},
): Promise<Image> {
  const made = await createPendingImage(database, newImage(owner, fields))
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return made.image
}

export async function waitingForLocks({ db }: Database): Promise<number> {
  const rows = await db.execute(sql`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  return rows.length
}

/** An administrator who makes changes. */
export const BY: AuditActor = {
  id: '00000000-0000-7000-8000-00000000000a',
  name: 'root',
  address: '192.0.2.1',
  requestId: 'a request',
}
