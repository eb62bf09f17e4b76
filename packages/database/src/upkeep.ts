import { parseKey } from '@tintype/domain'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { listOpenUploads } from './direct-uploads.ts'
import { images, renditions } from './schema.ts'

/**
 * Ids of images whose work made no progress for `idleSeconds`: pending ones,
 * and ready ones of which a rendition was asked for. Their job may be lost.
 * Marks them as looked at, so that each is named once per `idleSeconds`,
 * also by sweeps that run at once: the outer condition is asked again of a row
 * that another one has just changed.
 */
export async function claimStalledImages(
  { db }: Database,
  options: { idleSeconds: number; limit: number },
): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    UPDATE images SET progress_at = now()
    WHERE progress_at < now() - make_interval(secs => ${options.idleSeconds}) AND id IN (
      SELECT id FROM (
        (SELECT id FROM images
         WHERE state = 'pending' AND progress_at < now() - make_interval(secs => ${options.idleSeconds})
         ORDER BY progress_at LIMIT ${options.limit})
        UNION
        (SELECT r.image_id FROM renditions r JOIN images i ON i.id = r.image_id
         WHERE r.object_key IS NULL AND r.failure_code IS NULL AND i.state = 'ready'
           AND r.requested_at < now() - make_interval(secs => ${options.idleSeconds})
           AND i.progress_at < now() - make_interval(secs => ${options.idleSeconds})
         ORDER BY r.requested_at LIMIT ${options.limit})
      ) AS stalled
    )
    RETURNING id`)
  return rows.map((row) => row.id)
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
