import {
  FAILURES,
  type FailureCode,
  MAX_ATTEMPTS,
  type RenditionFormat,
  type RenditionName,
  thumbnailName,
} from '@tintype/domain'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { images, renditions, tiers, users } from './schema.ts'

export interface Derivation {
  imageId: string
  /** The picture's size as its header claims, in pixels. */
  width: number
  height: number
  maxPixels: number
  /** What is entitled or asked for and not made yet. May be empty: the picture is then only verified. */
  wants: RenditionName[]
  attempt: number
}

export type StartOutcome =
  | { outcome: 'started'; derivation: Derivation }
  /** Nothing to do: the image is gone, has failed, or has all it should have. */
  | { outcome: 'settled' }
  /** The last of `MAX_ATTEMPTS` may still be at work elsewhere: ask again later. */
  | { outcome: 'busy' }
  /** Begun `MAX_ATTEMPTS` times without success: see `failDerivation`. */
  | { outcome: 'exhausted'; wants: RenditionName[] }

/**
 * Begins a derivation: reads what is wanted as of now and counts the attempt
 * before anything is decoded, so that a picture which kills its decoder, its
 * worker or the machine is given up in the end. Requests that the tier does not
 * grant any more are forgotten, as no derivation would ever fulfil them.
 *
 * @param options.attemptTimeoutSeconds how long an attempt whose end nobody
 * recorded may still be running somewhere: what a decode may take, and slack.
 */
export async function startDerivation(
  { db }: Database,
  imageId: string,
  { attemptTimeoutSeconds = 120 }: { attemptTimeoutSeconds?: number } = {},
): Promise<StartOutcome> {
  return db.transaction(async (tx): Promise<StartOutcome> => {
    const [row] = await tx
      .select({
        state: images.state,
        width: images.width,
        height: images.height,
        attempts: images.attempts,
        running: sql<boolean>`coalesce(${images.attemptBeganAt} > now() - make_interval(secs => ${attemptTimeoutSeconds}), false)`,
        thumbnailHeights: tiers.thumbnailHeights,
        generation: tiers.generation,
        maxPixels: tiers.maxPixels,
      })
      .from(images)
      .innerJoin(users, eq(users.id, images.ownerId))
      .innerJoin(tiers, eq(tiers.id, users.tierId))
      .where(eq(images.id, imageId))
      .for('update', { of: images })
    if (row === undefined || row.state === 'failed' || row.state === 'deleting') return { outcome: 'settled' }

    const known = await tx
      .select({ name: renditions.name, key: renditions.objectKey, failure: renditions.failureCode })
      .from(renditions)
      .where(eq(renditions.imageId, imageId))
    const entitled: RenditionName[] = row.thumbnailHeights.map(thumbnailName)
    // Asked for while the tier granted it: nobody may have it now, and nobody would ever make it.
    const stale = known
      .filter((one) => one.key === null && one.failure === null && !entitled.includes(one.name))
      .map((one) => one.name)
    if (stale.length > 0) {
      await tx
        .delete(renditions)
        .where(
          and(
            eq(renditions.imageId, imageId),
            inArray(renditions.name, stale),
            isNull(renditions.objectKey),
            isNull(renditions.failureCode),
          ),
        )
    }
    const settled = new Set(
      known.filter((one) => one.key !== null || one.failure !== null).map((one) => one.name),
    )
    const asked = known.map((one) => one.name).filter((name) => entitled.includes(name))
    const wants = [...new Set(row.generation === 'eager' ? [...entitled, ...asked] : asked)].filter(
      (name) => !settled.has(name),
    )
    if (wants.length === 0 && row.state === 'ready') return { outcome: 'settled' }
    if (row.attempts >= MAX_ATTEMPTS)
      return row.running ? { outcome: 'busy' } : { outcome: 'exhausted', wants }

    const attempt = row.attempts + 1
    await tx
      .update(images)
      .set({ attempts: attempt, attemptBeganAt: sql`now()`, progressAt: sql`now()` })
      .where(eq(images.id, imageId))
    return {
      outcome: 'started',
      derivation: { imageId, width: row.width, height: row.height, maxPixels: row.maxPixels, wants, attempt },
    }
  })
}

/** Notes that an attempt ended without success. One that is not the last says nothing of that, which goes on. */
export async function endAttempt({ db }: Database, imageId: string, attempt: number): Promise<void> {
  await db
    .update(images)
    .set({ attemptBeganAt: null })
    .where(and(eq(images.id, imageId), eq(images.attempts, attempt)))
}

/** Takes back the attempt of a derivation that ended through no fault of the picture: the store was away, or the worker is stopping. */
export async function releaseDerivation({ db }: Database, imageId: string): Promise<void> {
  await db
    .update(images)
    .set({ attempts: sql`greatest(${images.attempts} - 1, 0)` })
    .where(eq(images.id, imageId))
}

export interface DerivedFile {
  name: RenditionName
  key: string
  format: RenditionFormat
  width: number
  height: number
  bytes: number
}

export interface DerivedImage {
  /** As seen, after orientation, in pixels. */
  width: number
  height: number
  thumbhash: string
  files: DerivedFile[]
}

export type PublishOutcome =
  /** `replacedKeys`: objects that no row names any more. Of two publications at once one may miss the other's: the orphan sweep finds it. */
  | { outcome: 'published'; replacedKeys: string[] }
  /** The image was deleted meanwhile; the new objects belong to nobody. */
  | { outcome: 'gone' }

/** Makes derived files visible: one statement points the rows at objects that are whole in the store, and the image is ready. */
export async function publishRenditions(
  { db }: Database,
  imageId: string,
  derived: DerivedImage,
): Promise<PublishOutcome> {
  const files = JSON.stringify(derived.files)
  const [row] = await db.execute<{ live: boolean; replaced: string[] }>(sql`
    WITH live AS (
      UPDATE images SET state = 'ready', width = ${derived.width}, height = ${derived.height},
        thumbhash = ${derived.thumbhash}, attempts = 0, attempt_began_at = NULL, progress_at = now()
      WHERE id = ${imageId} AND state IN ('pending', 'ready')
      RETURNING id
    ), file AS (
      SELECT * FROM jsonb_to_recordset(${files}::jsonb)
        AS f (name text, key text, format text, width integer, height integer, bytes bigint)
    ), replaced AS (
      SELECT r.object_key FROM renditions r JOIN live ON live.id = r.image_id JOIN file ON file.name = r.name
      WHERE r.object_key IS NOT NULL
    ), written AS (
      INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
      SELECT live.id, file.name, file.key, file.format, file.width, file.height, file.bytes FROM live, file
      ON CONFLICT (image_id, name) DO UPDATE SET object_key = excluded.object_key, format = excluded.format,
        width = excluded.width, height = excluded.height, bytes = excluded.bytes, failure_code = NULL
    )
    SELECT EXISTS (SELECT FROM live) AS live, ARRAY (SELECT object_key FROM replaced) AS replaced`)
  return row?.live === true ? { outcome: 'published', replacedKeys: row.replaced } : { outcome: 'gone' }
}

/**
 * Ends a derivation for good: a pending image becomes `failed`; of a ready one
 * only the renditions that were wanted fail.
 */
export async function failDerivation(
  { db }: Database,
  imageId: string,
  code: FailureCode,
  wants: RenditionName[],
): Promise<void> {
  await db.transaction(async (tx) => {
    const [image] = await tx
      .select({ state: images.state })
      .from(images)
      .where(eq(images.id, imageId))
      .for('update')
    if (image?.state === 'pending') {
      await tx
        .update(images)
        .set({ state: 'failed', failureCode: code, failureMessage: FAILURES[code], progressAt: sql`now()` })
        .where(eq(images.id, imageId))
    } else if (image?.state === 'ready') {
      await tx
        .update(images)
        .set({ attempts: 0, attemptBeganAt: null, progressAt: sql`now()` })
        .where(eq(images.id, imageId))
      if (wants.length === 0) return
      await tx
        .insert(renditions)
        .values(wants.map((name) => ({ imageId, name, failureCode: code })))
        .onConflictDoNothing()
      await tx
        .update(renditions)
        .set({ failureCode: code })
        .where(
          and(eq(renditions.imageId, imageId), isNull(renditions.objectKey), inArray(renditions.name, wants)),
        )
    }
  })
}

/** Notes that somebody asked for a rendition that is not there, so that the next derivation makes it. */
export async function requestRendition(
  { db }: Database,
  imageId: string,
  name: RenditionName,
): Promise<void> {
  await db.execute(sql`
    INSERT INTO renditions (image_id, name)
    SELECT id, ${name} FROM images WHERE id = ${imageId} AND state <> 'deleting'
    ON CONFLICT DO NOTHING`)
}
