import { and, eq, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { images } from './schema.ts'

/**
 * Makes an image invisible at once, ends its links and gives its bytes back to
 * the owner's quota, in one statement. Its objects and its row go later.
 *
 * @returns whether there was such an image of this owner.
 */
export async function markDeleting({ db }: Database, ownerId: string, id: string): Promise<boolean> {
  const rows = await db.execute(sql`
    WITH gone AS (
      UPDATE images SET state = 'deleting', link_epoch = link_epoch + 1, progress_at = now()
      WHERE id = ${id} AND owner_id = ${ownerId} AND state <> 'deleting'
      RETURNING owner_id, bytes
    )
    UPDATE users u SET used_bytes = u.used_bytes - gone.bytes, used_images = u.used_images - 1
    FROM gone WHERE u.id = gone.owner_id
    RETURNING u.id`)
  return rows.length === 1
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
