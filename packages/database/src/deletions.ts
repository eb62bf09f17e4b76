import { and, eq, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { images } from './schema.ts'

/**
 * Makes images invisible at once, ends their links and gives their bytes back
 * to the owner's quota, in one statement. Their objects and rows go later.
 *
 * @returns the ids of those that this owner had.
 */
export async function markAllDeleting(
  { db }: Database,
  ownerId: string,
  ids: string[],
): Promise<Set<string>> {
  const rows = await db.execute<{ id: string }>(sql`
    WITH found AS (
      -- Locked in the order of ids, so that two such calls do not wait for each other.
      SELECT id FROM images
      WHERE id IN ${ids} AND owner_id = ${ownerId} AND state <> 'deleting'
      ORDER BY id FOR UPDATE
    ), gone AS (
      UPDATE images i
      SET state = 'deleting', link_epoch = link_epoch + 1, progress_at = now(),
        -- A retry of the request that it came from does not find it any more.
        request_id = NULL, request_part = NULL
      FROM found WHERE i.id = found.id
      RETURNING i.id, i.bytes
    ), given_back AS (
      UPDATE users u SET used_bytes = u.used_bytes - total.bytes, used_images = u.used_images - total.images
      FROM (SELECT sum(bytes) AS bytes, count(*) AS images FROM gone HAVING count(*) > 0) AS total
      WHERE u.id = ${ownerId}
    )
    SELECT id FROM gone`)
  return new Set(rows.map((row) => row.id))
}

/** The same for one image. @returns whether there was such an image of this owner. */
export async function markDeleting(database: Database, ownerId: string, id: string): Promise<boolean> {
  return (await markAllDeleting(database, ownerId, [id])).has(id)
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
