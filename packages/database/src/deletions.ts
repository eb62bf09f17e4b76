import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database, Executor } from './client.ts'
import { images } from './schema.ts'

/**
 * Makes an image invisible at once, ends its links and gives its bytes back to
 * the owner's quota, in one statement. Its objects and its row go later.
 *
 * @returns whether there was such an image of this owner.
 */
export async function markDeleting({ db }: Database, ownerId: string, id: string): Promise<boolean> {
  const marked = await markDeletingWhere(db, sql`id = ${id} AND owner_id = ${ownerId}`)
  return marked.length === 1
}

/** As `markDeleting`, of some of an owner's images, the oldest first. @returns their ids. */
export async function markImagesDeleting(
  { db }: Database,
  ownerId: string,
  limit: number,
): Promise<string[]> {
  return markDeletingWhere(
    db,
    // One that is being changed this moment is left for the next turn: waiting for it could be waiting for one another.
    sql`id IN (
      SELECT id FROM images WHERE owner_id = ${ownerId} AND state <> 'deleting'
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
  )
}

/** As `markDeleting`, of the images that fit a condition on the table's own columns. @returns their ids. */
export async function markDeletingWhere(db: Executor, condition: SQL): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    WITH gone AS (
      UPDATE images SET state = 'deleting', link_epoch = link_epoch + 1, progress_at = now()
      WHERE ${condition} AND state <> 'deleting'
      RETURNING id, owner_id, bytes
    ), given_back AS (
      UPDATE users u SET used_bytes = u.used_bytes - g.bytes, used_images = u.used_images - g.images
      FROM (SELECT owner_id, sum(bytes) AS bytes, count(*) AS images FROM gone GROUP BY owner_id) AS g
      WHERE u.id = g.owner_id
    )
    SELECT id FROM gone`)
  return rows.map(({ id }) => id)
}

/** Whether an image waits for its objects to be deleted. */
export async function isDeleting({ db }: Database, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: images.id })
    .from(images)
    .where(and(eq(images.id, id), eq(images.state, 'deleting')))
  return rows.length === 1
}

/** Removes the row of an image whose objects are gone, with its renditions and links. */
export async function finishDeletion({ db }: Database, id: string): Promise<void> {
  await db.delete(images).where(and(eq(images.id, id), eq(images.state, 'deleting')))
}
