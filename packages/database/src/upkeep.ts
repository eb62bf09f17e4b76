import { LANES, type Lane, parseKey } from '@tintype/domain'
import type { Database } from './client.ts'
import { listOpenUploads } from './direct-uploads.ts'
import { and, eq, inArray, sql } from './orm.ts'
import { images, renditions } from './schema.ts'

/** As `laneOf` of the domain. */
const lane = sql`CASE WHEN r.name = 'full.avif' THEN 'avif' WHEN r.name LIKE 'full.%' THEN 'conversions' ELSE 'thumbnails' END`

/** An image whose work made no progress, and the lanes that it waits in. */
export interface StalledImage {
  id: string
  lanes: Lane[]
}

/**
 * Images whose work made no progress for `idleSeconds`: pending ones, and ready
 * ones of which a rendition of these lanes was asked for. Their job may be lost.
 * Marks them as looked at, so that each is named once per `idleSeconds`,
 * also by sweeps that run at once: whether it is idle is asked again of a row
 * that another one has just changed.
 */
export async function claimStalledImages(
  { db }: Database,
  options: { lanes?: readonly Lane[]; idleSeconds: number; limit: number },
): Promise<StalledImage[]> {
  const { lanes = LANES, idleSeconds, limit } = options
  const wanted = sql`ARRAY[${sql.join(
    lanes.map((one) => sql`${one}`),
    sql`, `,
  )}]::text[]`
  const idle = sql`now() - make_interval(secs => ${idleSeconds})`
  const rows = await db.execute<{ id: string; lanes: Lane[] }>(sql`
    WITH found AS (
      SELECT id, array_agg(DISTINCT lane) AS lanes FROM (
        (SELECT id, 'thumbnails' AS lane FROM images
         WHERE state = 'pending' AND 'thumbnails' = ANY (${wanted}) AND progress_at < ${idle}
         ORDER BY progress_at LIMIT ${limit})
        UNION ALL
        (SELECT r.image_id, ${lane} FROM renditions r JOIN images i ON i.id = r.image_id
         WHERE r.object_key IS NULL AND r.failure_code IS NULL AND i.state = 'ready'
           AND ${lane} = ANY (${wanted}) AND r.requested_at < ${idle} AND i.progress_at < ${idle}
         ORDER BY r.requested_at LIMIT ${limit})
      ) AS waiting GROUP BY id
    ), stalled AS (
      -- In the order of ids, as by everybody who locks several; one that somebody holds is not stalled.
      SELECT images.id, found.lanes FROM images JOIN found USING (id)
      WHERE images.progress_at < ${idle}
      ORDER BY images.id FOR NO KEY UPDATE OF images SKIP LOCKED
    )
    UPDATE images SET progress_at = now() FROM stalled WHERE images.id = stalled.id
    RETURNING images.id, stalled.lanes`)
  return [...rows]
}

/**
 * Ids of images whose deletion was begun `idleSeconds` ago or earlier and has
 * not ended: those that were begun or postponed first come first.
 */
export async function listUnfinishedDeletions(
  { db }: Database,
  options: { idleSeconds: number; limit: number },
): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    SELECT id FROM images
    WHERE state = 'deleting' AND progress_at <= now() - make_interval(secs => ${options.idleSeconds})
    ORDER BY progress_at LIMIT ${options.limit}`)
  return rows.map((row) => row.id)
}

/** Puts a deletion that cannot be finished now behind all others. */
export async function postponeDeletion({ db }: Database, id: string): Promise<void> {
  await db
    .update(images)
    .set({ progressAt: sql`now()` })
    .where(and(eq(images.id, id), eq(images.state, 'deleting')))
}

/**
 * Of these object keys, those that no row names: in one query for originals,
 * one for renditions and one for uploads that are still to come.
 */
export async function findOrphanKeys({ db }: Database, keys: string[]): Promise<string[]> {
  const ids = { original: new Set<string>(), rendition: new Set<string>(), staging: new Set<string>() }
  for (const key of keys) {
    const parsed = parseKey(key)
    if (parsed !== undefined)
      ids[parsed.kind].add(parsed.kind === 'staging' ? parsed.uploadId : parsed.imageId)
  }
  const open = await listOpenUploads({ db }, [...ids.staging])
  const originals = new Set(
    ids.original.size === 0
      ? []
      : (
          await db
            .select({ id: images.id })
            .from(images)
            .where(inArray(images.id, [...ids.original]))
        ).map((row) => row.id),
  )
  const named = new Set(
    ids.rendition.size === 0
      ? []
      : (
          await db
            .select({ key: renditions.objectKey })
            .from(renditions)
            .where(inArray(renditions.imageId, [...ids.rendition]))
        ).map((row) => row.key),
  )
  return keys.filter((key) => {
    const parsed = parseKey(key)
    if (parsed === undefined) return false
    if (parsed.kind === 'staging') return !open.has(parsed.uploadId)
    return parsed.kind === 'original' ? !originals.has(parsed.imageId) : !named.has(key)
  })
}

/** Forgets links that have been expired or revoked for over a week. */
export async function forgetDeadLinks({ db }: Database): Promise<number> {
  const gone = await db.execute(sql`
    DELETE FROM links WHERE expires_at < now() - interval '7 days' OR revoked_at < now() - interval '7 days'`)
  return gone.count
}
