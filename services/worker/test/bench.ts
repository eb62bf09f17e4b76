import {
  createPendingImage,
  createTier,
  createUser,
  type Database,
  findTier,
  migrate,
  openDatabase,
  type TierFields,
} from '@tintype/database'
import {
  type FailureCode,
  type ImageFormat,
  type ImageState,
  INSTALLATIONS_PREFIX,
  originalKey,
  uuidv7,
} from '@tintype/domain'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import { createTestDatabase, createTestFileStore, type Scope } from '@tintype/testkit'

export interface StoredImage {
  state: ImageState
  failureCode: FailureCode | null
  failureMessage: string | null
  attempts: number
  width: number
  height: number
  thumbhash: string | null
}

export interface StoredRendition {
  name: string
  key: string | null
  failureCode: FailureCode | null
  bytes: number | null
}

/** A database and a store of the test's own, and a user with pictures in them. */
export interface Bench {
  database: Database
  databaseUrl: string
  store: ObjectStore
  storeUrl: string
  ownerId: string
  /** Puts an original and commits its row, as an upload does. Enqueues nothing. */
  addImage(bytes: Uint8Array, claim?: Partial<Claim>): Promise<string>
  image(id: string): Promise<StoredImage | undefined>
  renditions(id: string): Promise<StoredRendition[]>
  /** Ids of images in a state. */
  inState(state: ImageState): Promise<string[]>
  /** Every key in the store, sorted. */
  keysInStore(): Promise<string[]>
  /** Every key that a row stands for, sorted. */
  keysInRows(): Promise<string[]>
  query<Row extends object>(statement: string): Promise<Row[]>
}

interface Claim {
  width: number
  height: number
  format: ImageFormat
  /** Of no picture unless told. */
  sha256: string
}

export interface BenchOptions {
  /** Premium without conversions unless told. */
  tier?: Partial<TierFields>
  databaseUrl?: string
  storeUrl?: string
  /** A user who is there; made unless told. */
  ownerId?: string
}

export async function openBench(t: Scope, options: BenchOptions = {}): Promise<Bench> {
  const databaseUrl = options.databaseUrl ?? (await createTestDatabase(t)).url
  await migrate(databaseUrl)
  const database = openDatabase(databaseUrl)
  t.teardown(() => database.close())
  const storeUrl = options.storeUrl ?? (await createTestFileStore(t)).storeUrl
  const store = await createObjectStore(storeUrl)
  t.teardown(() => store.close())
  const ownerId = options.ownerId ?? (await createOwner(database, options.tier))

  async function query<Row extends object>(statement: string): Promise<Row[]> {
    // The rows' type is the caller's claim.
    return [...(await database.db.execute(statement))] as unknown as Row[]
  }

  return {
    database,
    databaseUrl,
    store,
    storeUrl,
    ownerId,
    query,
    async addImage(bytes, { width = 640, height = 480, format = 'jpeg', sha256 = '0'.repeat(64) } = {}) {
      const id = uuidv7()
      await store.put(originalKey(id), bytes, { bytes: bytes.length, contentType: `image/${format}` })
      const created = await createPendingImage(database, {
        id,
        ownerId,
        title: 'A picture',
        filename: `picture.${format}`,
        sha256,
        format,
        width,
        height,
        bytes: bytes.length,
      })
      if (created.outcome !== 'created') throw new Error(created.outcome)
      return id
    },
    async image(id) {
      const [row] = await query<StoredImage>(`
        SELECT state, failure_code AS "failureCode", failure_message AS "failureMessage", attempts,
          width, height, thumbhash FROM images WHERE id = '${id}'`)
      return row
    },
    renditions: (id) =>
      query<StoredRendition>(`
        SELECT name, object_key AS key, failure_code AS "failureCode", bytes::float8
        FROM renditions WHERE image_id = '${id}' ORDER BY name`),
    async inState(state) {
      const rows = await query<{ id: string }>(`SELECT id FROM images WHERE state = '${state}' ORDER BY id`)
      return rows.map(({ id }) => id)
    },
    async keysInStore() {
      const keys: string[] = []
      // The mark of the installation is no row's.
      for await (const { key } of store.list('')) if (!key.startsWith(INSTALLATIONS_PREFIX)) keys.push(key)
      return keys.sort()
    },
    async keysInRows() {
      const rows = await query<{ key: string }>(`
        SELECT 'originals/' || id AS key FROM images
        UNION SELECT object_key FROM renditions WHERE object_key IS NOT NULL`)
      return rows.map(({ key }) => key).sort()
    },
  }
}

async function createOwner(database: Database, tier: Partial<TierFields> = {}): Promise<string> {
  const premium = await findTier(database, 'Premium')
  if (premium === undefined) throw new Error('there is no tier Premium')
  const { id: _id, version: _version, ...fields } = premium
  const made = await createTier(database, { ...fields, name: 'Test', conversionFormats: [], ...tier })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  const user = await createUser(database, {
    username: 'owner',
    passwordHash: 'none',
    role: 'user',
    tierId: made.tier.id,
  })
  if (user.outcome !== 'saved') throw new Error(user.outcome)
  return user.user.id
}
