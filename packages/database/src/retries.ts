import { type Lane, laneOf, type RenditionName } from '@tintype/domain'
import { type AuditActor, recordAudit } from './audit.ts'
import type { Database } from './client.ts'
import { sql } from './orm.ts'

/**
 * Has failed images tried again: they are pending as after their upload, with
 * no attempt counted, and what failed of a ready image is wanted again. In two
 * statements, however many there are. Nothing is enqueued.
 *
 * @param which images; or how many of all that have failed, the oldest first.
 * @returns those that had failed in whole or in part, with the lanes that lack something now.
 */
export async function retryImages(
  { db }: Database,
  which: { ids: string[] } | { limit: number },
  by: AuditActor,
): Promise<{ id: string; lanes: Lane[] }[]> {
  const chosen =
    'ids' in which
      ? sql`i.id = ANY (${sql.param(which.ids)}::uuid[])`
      : sql`i.id IN (
          (SELECT id FROM images WHERE state = 'failed' ORDER BY id LIMIT ${which.limit})
          UNION (SELECT DISTINCT r.image_id FROM renditions r JOIN images ready ON ready.id = r.image_id
            WHERE r.failure_code IS NOT NULL AND ready.state = 'ready' ORDER BY r.image_id LIMIT ${which.limit})
          ORDER BY id LIMIT ${which.limit})`
  return db.transaction(async (tx) => {
    const rows = await tx.execute<{ id: string; code: string | null; renditions: RenditionName[] }>(sql`
      WITH chosen AS (
        SELECT i.id, i.state, i.failure_code AS code FROM images i JOIN users u ON u.id = i.owner_id
        WHERE ${chosen} AND i.state IN ('failed', 'ready') AND u.deleted_at IS NULL
        ORDER BY i.id FOR UPDATE OF i
      ), wanted AS (
        UPDATE renditions r SET failure_code = NULL, requested_at = now()
        FROM chosen WHERE r.image_id = chosen.id AND r.failure_code IS NOT NULL
        RETURNING r.image_id, r.name
      ), retried AS (
        SELECT chosen.id, chosen.code, ARRAY (SELECT name FROM wanted WHERE image_id = chosen.id ORDER BY name) AS renditions
        FROM chosen
        WHERE chosen.state = 'failed' OR EXISTS (SELECT FROM wanted WHERE image_id = chosen.id)
      ), moved AS (
        UPDATE images i SET state = CASE WHEN i.state = 'failed' THEN 'pending' ELSE i.state END,
          failure_code = NULL, failure_message = NULL, attempts = 0, attempt_began_at = NULL,
          conversion_attempts = 0, conversion_attempt_began_at = NULL,
          avif_attempts = 0, avif_attempt_began_at = NULL, progress_at = now()
        FROM retried WHERE i.id = retried.id
      )
      SELECT * FROM retried ORDER BY id`)
    await recordAudit(
      tx,
      by,
      rows.map(({ id, code, renditions }) => ({
        action: 'image.retry' as const,
        subjectId: id,
        before: {
          ...(code === null ? {} : { failure: code }),
          ...(renditions.length > 0 ? { renditions } : {}),
        },
      })),
    )
    return rows.map(({ id, code, renditions }) => ({
      id,
      // What follows the thumbnails of a pending image is enqueued after them.
      lanes: code === null ? [...new Set(renditions.map(laneOf))] : ['thumbnails'],
    }))
  })
}
