import type { Database } from './client.ts'
import { asCreated, type Image, insertImage, type NewImage } from './images.ts'
import { and, eq, isNull, sql } from './orm.ts'
import { directUploads, users } from './schema.ts'
import { findUser } from './users.ts'

/** A file that is on its way into the store, announced by its owner: straight there, or in pieces. */
export interface DirectUpload {
  id: string
  ownerId: string
  title: string
  filename: string
  contentType: string
  /** As announced. */
  bytes: number
  /** As announced, if it was. */
  sha256: string | null
  expiresAt: Date
  isExpired: boolean
  /** What it became. */
  imageId: string | null
}

export const directUploadColumns = {
  id: directUploads.id,
  ownerId: directUploads.ownerId,
  title: directUploads.title,
  filename: directUploads.filename,
  contentType: directUploads.contentType,
  bytes: directUploads.bytes,
  sha256: directUploads.sha256,
  expiresAt: directUploads.expiresAt,
  isExpired: sql<boolean>`${directUploads.expiresAt} <= now()`,
  imageId: directUploads.imageId,
}

export interface NewDirectUpload {
  id: string
  ownerId: string
  title: string
  filename: string
  contentType: string
  bytes: number
  sha256: string | null
  /** Of one that comes in pieces: what its sender said of it, as it was sent. */
  resumable?: { metadata: string | null }
}

export type ReserveOutcome =
  | { outcome: 'reserved'; expiresAt: Date }
  | { outcome: 'quota-exceeded' }
  | { outcome: 'too-many-open' }
  /** Disabled, or gone. */
  | { outcome: 'owner-disabled' }

/**
 * Counts a file that is yet to come against its owner's quota, for
 * `lifeSeconds`. Whoever has `maxOpen` such files gets no more.
 */
export async function reserveUpload(
  database: Database,
  upload: NewDirectUpload,
  { lifeSeconds, maxOpen }: { lifeSeconds: number; maxOpen: number },
): Promise<ReserveOutcome> {
  const made = await database.db.transaction(async (tx) => {
    // Waited for first, so that the statements below see what others at once have reserved.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, upload.ownerId)).for('update')
    const open = await tx.$count(
      directUploads,
      sql`${directUploads.ownerId} = ${upload.ownerId} AND ${directUploads.completedAt} IS NULL`,
    )
    if (open >= maxOpen) return 'too-many-open'
    const [row] = await tx.execute<{ expiresat: string }>(sql`
      WITH counted AS (
        UPDATE users u SET used_bytes = u.used_bytes + ${upload.bytes}, used_images = u.used_images + 1
        FROM tiers t
        WHERE u.id = ${upload.ownerId} AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND t.id = u.tier_id
          AND u.used_bytes + ${upload.bytes} <= t.quota_bytes AND u.used_images + 1 <= t.quota_images
        RETURNING u.id
      )
      INSERT INTO direct_uploads (id, owner_id, title, filename, content_type, bytes, sha256, expires_at,
        received_bytes, metadata)
      SELECT ${upload.id}, counted.id, ${upload.title}, ${upload.filename}, ${upload.contentType},
        ${upload.bytes}::bigint, ${upload.sha256}::text, now() + make_interval(secs => ${lifeSeconds}),
        ${upload.resumable === undefined ? null : 0}::bigint, ${upload.resumable?.metadata ?? null}::text
      FROM counted
      RETURNING expires_at AS expiresat`)
    return row
  })
  if (made === 'too-many-open') return { outcome: made }
  if (made !== undefined) return { outcome: 'reserved', expiresAt: new Date(made.expiresat) }
  const owner = await findUser(database, upload.ownerId)
  return { outcome: owner?.disabledAt === null ? 'quota-exceeded' : 'owner-disabled' }
}

/** An owner's direct upload, also one that is over and not yet forgotten. */
export async function findDirectUpload(
  { db }: Database,
  ownerId: string,
  id: string,
): Promise<DirectUpload | undefined> {
  const [upload] = await db
    .select(directUploadColumns)
    .from(directUploads)
    .where(
      and(eq(directUploads.id, id), eq(directUploads.ownerId, ownerId), isNull(directUploads.receivedBytes)),
    )
  return upload
}

/** A direct upload that may be filled now, by whoever may: neither over nor of an owner who is disabled or gone. */
export async function findOpenUpload({ db }: Database, id: string): Promise<DirectUpload | undefined> {
  const [upload] = await db
    .select(directUploadColumns)
    .from(directUploads)
    .innerJoin(users, eq(users.id, directUploads.ownerId))
    .where(
      sql`${directUploads.id} = ${id} AND ${directUploads.completedAt} IS NULL AND ${directUploads.receivedBytes} IS NULL
        AND ${directUploads.expiresAt} > now() AND ${users.disabledAt} IS NULL AND ${users.deletedAt} IS NULL`,
    )
  return upload
}

export type CompleteOutcome =
  | { outcome: 'completed'; image: Image }
  /** By another call, as an image that may be deleted by now; given up or expired where there is none; or its owner is disabled. */
  | { outcome: 'over' }

/**
 * Makes an image of a direct upload: its row takes the place of the
 * reservation in the quota, in one statement. Of several calls at once, one does it.
 */
export async function completeUpload(
  { db }: Database,
  uploadId: string,
  image: NewImage,
): Promise<CompleteOutcome> {
  const [row] = await db.execute<{ uploadedat: string }>(sql`
    WITH ended AS (
      UPDATE direct_uploads d SET image_id = ${image.id}, completed_at = now()
      FROM users u
      WHERE d.id = ${uploadId} AND d.owner_id = ${image.ownerId} AND d.completed_at IS NULL
        AND d.expires_at > now() AND u.id = d.owner_id AND u.disabled_at IS NULL AND u.deleted_at IS NULL
      RETURNING d.owner_id, d.bytes
    ), counted AS (
      UPDATE users u SET used_bytes = u.used_bytes - ended.bytes + ${image.bytes}
      FROM ended WHERE u.id = ended.owner_id
      RETURNING u.id
    )
    ${insertImage(image, sql`counted`)}`)
  if (row === undefined) return { outcome: 'over' }
  return { outcome: 'completed', image: asCreated(image, row.uploadedat) }
}

/** Which way an upload comes. */
export type UploadWay = 'direct' | 'resumable'

/** Ends an upload that became no image, and gives its room back. @returns whether this call did. */
export async function releaseUpload(
  { db }: Database,
  { id, ownerId, way }: { id: string; ownerId: string; way: UploadWay },
): Promise<boolean> {
  const rows = await db.execute(sql`
    WITH ended AS (
      DELETE FROM direct_uploads WHERE id = ${id} AND owner_id = ${ownerId} AND completed_at IS NULL
        AND (received_bytes IS NOT NULL) = ${way === 'resumable'}
      RETURNING owner_id, bytes
    )
    UPDATE users u SET used_bytes = u.used_bytes - ended.bytes, used_images = u.used_images - 1
    FROM ended WHERE u.id = ended.owner_id
    RETURNING u.id`)
  return rows.length === 1
}

/**
 * Forgets uploads whose time is over, and gives back what was reserved for
 * them; those that became images are known for a day longer.
 *
 * @returns the ids of at most `limit`. What they have in the staging area is for the caller to delete.
 */
export async function releaseExpiredUploads({ db }: Database, limit: number): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    WITH over AS (
      SELECT id FROM direct_uploads
      WHERE expires_at <= now() AND (completed_at IS NULL OR expires_at <= now() - interval '1 day')
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), ended AS (
      DELETE FROM direct_uploads d USING over WHERE d.id = over.id
      RETURNING d.id, d.owner_id, d.bytes, d.completed_at
    ), total AS (
      SELECT owner_id, sum(bytes) AS bytes, count(*) AS images FROM ended
      WHERE completed_at IS NULL GROUP BY owner_id
    ), owners AS MATERIALIZED (
      -- In the order of ids, as everybody locks several users.
      SELECT id FROM users WHERE id IN (SELECT owner_id FROM total) ORDER BY id FOR UPDATE
    ), given_back AS (
      UPDATE users u SET used_bytes = u.used_bytes - total.bytes, used_images = u.used_images - total.images
      FROM total JOIN owners ON owners.id = total.owner_id WHERE u.id = total.owner_id
    )
    SELECT id FROM ended`)
  return rows.map((row) => row.id)
}

/** Of these uploads, those that are still to come: what is staged for any other is of no use. */
export async function listOpenUploads({ db }: Pick<Database, 'db'>, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: directUploads.id })
    .from(directUploads)
    .where(sql`${directUploads.id} IN ${ids} AND ${directUploads.completedAt} IS NULL`)
  return new Set(rows.map((row) => row.id))
}
