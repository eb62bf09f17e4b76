import {
  FAILURES,
  type FailureCode,
  grants,
  type Lane,
  laneOf,
  MAX_ATTEMPTS,
  type RenditionName,
  thumbnailName,
} from '@tintype/domain'
import type { Database } from './client.ts'
import { and, eq, inArray, isNull, type SQL, sql } from './orm.ts'
import { prepareOnce } from './prepared.ts'
import { events, images, renditions, tiers, users } from './schema.ts'
import { tierColumns } from './tiers.ts'

/** Each lane counts its own attempts: what crashes over a conversion says nothing of the thumbnails. */
const COUNTERS = {
  thumbnails: { attempts: 'attempts', beganAt: 'attemptBeganAt' },
  conversions: { attempts: 'conversionAttempts', beganAt: 'conversionAttemptBeganAt' },
  avif: { attempts: 'avifAttempts', beganAt: 'avifAttemptBeganAt' },
} as const satisfies Record<Lane, { attempts: keyof typeof images; beganAt: keyof typeof images }>

function counting(lane: Lane, { attempts, beganAt }: { attempts?: number | SQL; beganAt?: SQL | null }) {
  return {
    ...(attempts === undefined ? {} : { [COUNTERS[lane].attempts]: attempts }),
    ...(beganAt === undefined ? {} : { [COUNTERS[lane].beganAt]: beganAt }),
  }
}

export interface Derivation {
  imageId: string
  lane: Lane
  /** The picture's size as its header claims, in pixels. */
  width: number
  height: number
  /** What a decoder may find in it. */
  maxPixels: number
  /** What is entitled or asked for and not made yet. Of thumbnails it may be empty: the picture is then only verified. */
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
 * Begins a derivation in a lane: reads what is wanted as of now and counts the
 * attempt before anything is decoded, so that a picture which kills its decoder,
 * its worker or the machine is given up in the end. Requests that the tier does
 * not grant any more are forgotten, as no derivation would ever fulfil them.
 *
 * Wanted are thumbnails that were asked for, and all of an eager tier, since one
 * decode serves them; of full-size files, which are made of sound pictures only,
 * those that were asked for: for an eager tier `publishRenditions` has asked.
 *
 * @param options.attemptTimeoutSeconds how long an attempt whose end nobody
 * recorded may still be running somewhere: what a decode may take, and slack.
 */
export async function startDerivation(
  { db }: Database,
  imageId: string,
  { lane = 'thumbnails', attemptTimeoutSeconds = 120 }: { lane?: Lane; attemptTimeoutSeconds?: number } = {},
): Promise<StartOutcome> {
  const beganAt = images[COUNTERS[lane].beganAt]
  return db.transaction(async (tx): Promise<StartOutcome> => {
    const [row] = await tx
      .select({
        state: images.state,
        width: images.width,
        height: images.height,
        attempts: images[COUNTERS[lane].attempts],
        running: sql<boolean>`coalesce(${beganAt} > now() - make_interval(secs => ${attemptTimeoutSeconds}), false)`,
        tier: tierColumns,
      })
      .from(images)
      .innerJoin(users, eq(users.id, images.ownerId))
      .innerJoin(tiers, eq(tiers.id, users.tierId))
      .where(eq(images.id, imageId))
      .for('no key update', { of: images })
    if (row === undefined || row.state === 'failed' || row.state === 'deleting') return { outcome: 'settled' }
    if (lane !== 'thumbnails' && row.state !== 'ready') return { outcome: 'settled' }
    const { tier } = row

    const rows = await tx
      .select({ name: renditions.name, key: renditions.objectKey, failure: renditions.failureCode })
      .from(renditions)
      .where(eq(renditions.imageId, imageId))
    const known = rows.filter(({ name }) => laneOf(name) === lane)
    const unsettled = known.filter((one) => one.key === null && one.failure === null)
    // Asked for while the tier granted it: nobody may have it now, and nobody would ever make it.
    const stale = unsettled.map(({ name }) => name).filter((name) => !grants(tier, name))
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
    const asked = unsettled.map(({ name }) => name).filter((name) => grants(tier, name))
    const entitled: RenditionName[] =
      lane === 'thumbnails' && tier.generation === 'eager' ? tier.thumbnailHeights.map(thumbnailName) : []
    const lacking = entitled.filter((name) => !known.some((one) => one.name === name))
    const wants = [...lacking, ...asked]
    if (wants.length === 0 && row.state === 'ready') return { outcome: 'settled' }
    if (row.attempts >= MAX_ATTEMPTS)
      return row.running ? { outcome: 'busy' } : { outcome: 'exhausted', wants }

    const attempt = row.attempts + 1
    await tx
      .update(images)
      .set({ ...counting(lane, { attempts: attempt, beganAt: sql`now()` }), progressAt: sql`now()` })
      .where(eq(images.id, imageId))
    const { width, height } = row
    // What was accepted under another tier is not refused by this one; more than was claimed then still is.
    const maxPixels = Math.max(tier.maxPixels, width * height)
    return {
      outcome: 'started',
      derivation: { imageId, lane, width, height, maxPixels, wants, attempt },
    }
  })
}

/** Notes that an attempt ended without success. One that is not the last says nothing of that, which goes on. */
export async function endAttempt(
  { db }: Database,
  imageId: string,
  attempt: number,
  lane: Lane = 'thumbnails',
): Promise<void> {
  await db
    .update(images)
    .set(counting(lane, { beganAt: null }))
    .where(and(eq(images.id, imageId), eq(images[COUNTERS[lane].attempts], attempt)))
}

/** Takes back the attempt of a derivation that ended through no fault of the picture: the store was away, or the worker is stopping. */
export async function releaseDerivation(
  { db }: Database,
  imageId: string,
  lane: Lane = 'thumbnails',
): Promise<void> {
  await db
    .update(images)
    .set(counting(lane, { attempts: sql`greatest(${images[COUNTERS[lane].attempts]} - 1, 0)` }))
    .where(eq(images.id, imageId))
}

/**
 * Ends a derivation for good: a pending image becomes `failed`; of a ready one
 * only the renditions that were wanted fail. They are of one lane.
 *
 * @returns the image's owner, where there still is such an image.
 */
export async function failDerivation(
  { db }: Database,
  imageId: string,
  code: FailureCode,
  wants: RenditionName[],
): Promise<string | undefined> {
  const lane = wants[0] === undefined ? 'thumbnails' : laneOf(wants[0])
  return db.transaction(async (tx) => {
    const [image] = await tx
      .select({ state: images.state, ownerId: images.ownerId })
      .from(images)
      .where(eq(images.id, imageId))
      .for('no key update')
    if (image?.state === 'pending' && lane === 'thumbnails') {
      await tx
        .update(images)
        .set({ state: 'failed', failureCode: code, failureMessage: FAILURES[code], progressAt: sql`now()` })
        .where(eq(images.id, imageId))
    } else if (image?.state === 'ready') {
      await tx
        .update(images)
        .set({ ...counting(lane, { attempts: 0, beganAt: null }), progressAt: sql`now()` })
        .where(eq(images.id, imageId))
      if (wants.length === 0) return image.ownerId
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
      const detail = { state: image.state }
      await tx.insert(events).values({ ownerId: image.ownerId, imageId, type: 'image.changed', detail })
    }
    return image?.ownerId
  })
}

/**
 * Notes that somebody asked for a rendition of these images that is not there,
 * so that their next derivation makes it. In one statement, in the order of
 * ids, so that two such calls do not wait for each other.
 *
 * @returns the ids of those of which nobody had asked for it before, and it was not there.
 */
export async function requestRenditions(
  { db }: Database,
  imageIds: string[],
  name: RenditionName,
): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    INSERT INTO renditions (image_id, name)
    SELECT id, ${name} FROM images
    WHERE id = ANY (${sql.param(imageIds)}::uuid[]) AND state <> 'deleting' ORDER BY id
    ON CONFLICT DO NOTHING RETURNING image_id AS id`)
  return rows.map(({ id }) => id)
}

/** The same of one image. */
export async function requestRendition(
  database: Database,
  imageId: string,
  name: RenditionName,
): Promise<boolean> {
  return (await requestRenditions(database, [imageId], name)).length === 1
}

/** The lanes in which a ready image lacks what was asked for. */
export async function listWantedLanes(database: Database, imageId: string): Promise<Lane[]> {
  const rows = await selectWanted(database).execute({ imageId })
  return [...new Set(rows.map(({ name }) => laneOf(name)))]
}

const selectWanted = prepareOnce((db) =>
  db
    .select({ name: renditions.name })
    .from(renditions)
    .innerJoin(images, eq(images.id, renditions.imageId))
    .where(
      and(
        eq(renditions.imageId, sql.placeholder('imageId')),
        eq(images.state, 'ready'),
        isNull(renditions.objectKey),
        isNull(renditions.failureCode),
      ),
    )
    .prepare('wanted'),
)
