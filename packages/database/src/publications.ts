import type { FailureCode, Lane, RenditionFormat, RenditionName } from '@tintype/domain'
import type { Database } from './client.ts'
import { type SQL, sql } from './orm.ts'

export interface DerivedFile {
  name: RenditionName
  key: string
  format: RenditionFormat
  width: number
  height: number
  bytes: number
}

/** What was made of a picture, and what cannot be made of it. */
export interface DerivedFiles {
  files: DerivedFile[]
  refused?: { name: RenditionName; code: FailureCode }[]
}

export interface DerivedImage extends DerivedFiles {
  /** As seen, after orientation, in pixels. */
  width: number
  height: number
  thumbhash: string
}

export type PublishOutcome =
  /** `replacedKeys`: objects that no row names any more. Of two publications at once one may miss the other's: the orphan sweep finds it. */
  | { outcome: 'published'; ownerId: string; replacedKeys: string[] }
  /** The image was deleted meanwhile; the new objects belong to nobody. */
  | { outcome: 'gone' }

/**
 * Makes thumbnails visible: one statement points the rows at objects that are
 * whole in the store, and the image is ready. As it becomes so, the full-size
 * files of an eager tier are asked for, but for the format that was uploaded.
 */
export function publishRenditions(
  database: Database,
  imageId: string,
  derived: DerivedImage,
): Promise<PublishOutcome> {
  return publish(
    database,
    derived,
    sql`
    before AS (
      SELECT id, owner_id, format, state FROM images
      WHERE id = ${imageId} AND state IN ('pending', 'ready')
      -- Whoever asks for a rendition at once holds its row, and shares the key of this one.
      FOR NO KEY UPDATE
    ), live AS (
      UPDATE images i SET state = 'ready', width = ${derived.width}, height = ${derived.height},
        thumbhash = ${derived.thumbhash}, attempts = 0, attempt_began_at = NULL, progress_at = now()
      FROM before WHERE i.id = before.id
      -- As it becomes ready that is recorded, with all that it has from then on.
      RETURNING i.id, i.owner_id, before.state = 'ready' AS was_ready
    ), eager AS (
      INSERT INTO renditions (image_id, name)
      SELECT before.id, 'full.' || wanted.format
      FROM before JOIN users u ON u.id = before.owner_id JOIN tiers t ON t.id = u.tier_id,
        unnest(t.conversion_formats) AS wanted (format)
      WHERE before.state = 'pending' AND t.generation = 'eager' AND wanted.format <> before.format
      ON CONFLICT DO NOTHING
    )`,
  )
}

/** Makes full-size files visible. Of the image itself, and of the attempts at its thumbnails, it says nothing. */
export function publishConversions(
  database: Database,
  imageId: string,
  lane: Exclude<Lane, 'thumbnails'>,
  derived: DerivedFiles,
): Promise<PublishOutcome> {
  const counters =
    lane === 'avif'
      ? sql`avif_attempts = 0, avif_attempt_began_at = NULL`
      : sql`conversion_attempts = 0, conversion_attempt_began_at = NULL`
  return publish(
    database,
    derived,
    sql`
    live AS (
      UPDATE images SET ${counters}, progress_at = now() WHERE id = ${imageId} AND state = 'ready'
      RETURNING id, owner_id, true AS was_ready
    )`,
  )
}

/** @param live a table expression of that name, with the image's id, owner and whether it was ready, where it may be published. */
async function publish(
  { prepared }: Database,
  { files, refused = [] }: DerivedFiles,
  live: SQL,
): Promise<PublishOutcome> {
  const [row] = await prepared.execute<{ owner: string | null; replaced: string[] }>(sql`
    WITH ${live}, file AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(files)}::jsonb)
        AS f (name text, key text, format text, width integer, height integer, bytes bigint)
    ), replaced AS (
      SELECT r.object_key FROM renditions r JOIN live ON live.id = r.image_id JOIN file ON file.name = r.name
      WHERE r.object_key IS NOT NULL
    ), written AS (
      INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
      SELECT live.id, file.name, file.key, file.format, file.width, file.height, file.bytes FROM live, file
      ON CONFLICT (image_id, name) DO UPDATE SET object_key = excluded.object_key, format = excluded.format,
        width = excluded.width, height = excluded.height, bytes = excluded.bytes, failure_code = NULL,
        last_read_at = now()
    ), refused AS (
      INSERT INTO renditions AS r (image_id, name, failure_code)
      SELECT live.id, f.name, f.code FROM live,
        jsonb_to_recordset(${JSON.stringify(refused)}::jsonb) AS f (name text, code text)
      ON CONFLICT (image_id, name) DO UPDATE SET failure_code = excluded.failure_code WHERE r.object_key IS NULL
    ), told AS (
      INSERT INTO events (owner_id, image_id, type, detail)
      SELECT owner_id, id, 'image.changed', '{"state": "ready"}' FROM live
      WHERE was_ready AND ${files.length + refused.length > 0}::boolean
    )
    SELECT (SELECT owner_id FROM live) AS owner, ARRAY (SELECT object_key FROM replaced) AS replaced`)
  if (row === undefined || row.owner === null) return { outcome: 'gone' }
  return { outcome: 'published', ownerId: row.owner, replacedKeys: row.replaced }
}
