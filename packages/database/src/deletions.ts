import type { Database, Executor } from './client.ts'
import { and, eq, type SQL, sql } from './orm.ts'
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
  return new Set(await markChosenDeleting(db, sql`id IN ${ids} AND owner_id = ${ownerId}`, sql`FOR UPDATE`))
}

/** The same for one image. @returns whether there was such an image of this owner. */
export async function markDeleting(database: Database, ownerId: string, id: string): Promise<boolean> {
  return (await markAllDeleting(database, ownerId, [id])).has(id)
}

/** The same for one image of anybody's. @returns whether there was such an image. */
export async function markDeletingById(db: Executor, id: string): Promise<boolean> {
  return (await markChosenDeleting(db, sql`id = ${id}`, sql`FOR UPDATE`)).length === 1
}

/** The same for some of an owner's images, the oldest first. @returns their ids. */
export async function markImagesDeleting(
  { db }: Database,
  ownerId: string,
  limit: number,
): Promise<string[]> {
  // One that is being changed this moment is left for the next turn: waiting for it could be waiting for one another.
  return markChosenDeleting(db, sql`owner_id = ${ownerId}`, sql`LIMIT ${limit} FOR UPDATE SKIP LOCKED`)
}

async function markChosenDeleting(db: Executor, condition: SQL, limitAndLock: SQL): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    WITH chosen AS (
      -- In the order of ids, so that two such calls do not wait for each other.
      SELECT id FROM images WHERE ${condition} AND state <> 'deleting' ORDER BY id ${limitAndLock}
    ), gone AS (
      UPDATE images i
      SET state = 'deleting', link_epoch = link_epoch + 1, progress_at = now(),
        -- A retry of the request that it came from does not find it any more.
        request_id = NULL, request_part = NULL
      FROM chosen WHERE i.id = chosen.id
      RETURNING i.id, i.owner_id, i.bytes
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
