import type { RenditionName } from '@tintype/domain'
import type { Database } from './client.ts'
import { sql } from './orm.ts'

/** How old a noted read must be to be written anew: eviction counts in days. */
const NOTED_FOR_SECONDS = 3600

/** Notes that renditions were read just now, in one statement. One that another statement holds is left: it is being noted, or is on its way out. */
export async function noteReads(
  { db }: Database,
  reads: { imageId: string; name: RenditionName }[],
): Promise<void> {
  const list = JSON.stringify(reads.map(({ imageId, name }) => ({ image_id: imageId, name })))
  await db.execute(sql`
    WITH due AS (
      SELECT r.image_id, r.name FROM renditions r
      JOIN jsonb_to_recordset(${list}::jsonb) AS read (image_id uuid, name text) USING (image_id, name)
      WHERE r.last_read_at < now() - make_interval(secs => ${NOTED_FOR_SECONDS})
      FOR UPDATE OF r SKIP LOCKED
    )
    UPDATE renditions r SET last_read_at = now() FROM due
    WHERE r.image_id = due.image_id AND r.name = due.name`)
}

/**
 * Forgets renditions that nobody has read for so many days: those longest
 * unread first, at most `limit`. Whether one was read is asked again of the row
 * as it goes, so that a read meanwhile keeps it. They come back on request.
 *
 * @returns the keys of their objects, which no row names any more.
 */
export async function evictUnread(
  { db }: Database,
  { days, limit }: { days: number; limit: number },
): Promise<string[]> {
  const rows = await db.execute<{ key: string }>(sql`
    DELETE FROM renditions r
    USING (
      SELECT image_id, name FROM renditions
      WHERE object_key IS NOT NULL AND last_read_at < now() - make_interval(days => ${days})
      ORDER BY last_read_at LIMIT ${limit}
    ) AS chosen
    WHERE r.image_id = chosen.image_id AND r.name = chosen.name
      AND r.object_key IS NOT NULL AND r.last_read_at < now() - make_interval(days => ${days})
    RETURNING r.object_key AS key`)
  return rows.map(({ key }) => key)
}
