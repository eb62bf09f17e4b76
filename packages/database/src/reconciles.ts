import { grantedTargets, type Lane, laneOf, type RenditionName, type Tier } from '@tintype/domain'
import type { Database, Executor } from './client.ts'
import { and, asc, eq, isNull, sql } from './orm.ts'
import { reconciles, users } from './schema.ts'

/**
 * Notes what an edit gained a tier's users, in the edit's transaction: together
 * with what an unfinished earlier run still had to do, without what the tier
 * does not grant any more. It reads no image, however many there are.
 */
export async function recordGains(tx: Executor, before: Tier, after: Tier): Promise<void> {
  const had = eagerNames(before)
  const granted = eagerNames(after)
  const [run] = await tx
    .select({ gained: reconciles.gained })
    .from(reconciles)
    .where(and(eq(reconciles.tierId, after.id), isNull(reconciles.finishedAt)))
    .for('update')
  const left = (run?.gained ?? []).filter((name) => granted.includes(name))
  const more = granted.filter((name) => !had.includes(name) && !left.includes(name))

  if (more.length > 0) {
    const [{ total } = { total: 0 }] = await tx
      .select({ total: sql<number>`coalesce(sum(${users.usedImages}), 0)::integer` })
      .from(users)
      .where(and(eq(users.tierId, after.id), isNull(users.deletedAt)))
    const fresh = {
      version: after.version,
      gained: [...left, ...more],
      // The images that the earlier run went past lack what is new.
      cursor: null,
      imagesTotal: total,
      imagesDone: 0,
      startedAt: sql`now()`,
      progressAt: sql`now()`,
      finishedAt: null,
    }
    await tx
      .insert(reconciles)
      .values({ tierId: after.id, ...fresh })
      .onConflictDoUpdate({ target: reconciles.tierId, set: fresh })
  } else if (run !== undefined) {
    await tx
      .update(reconciles)
      .set({
        version: after.version,
        gained: left,
        progressAt: sql`now()`,
        ...(left.length === 0 ? { finishedAt: sql`now()`, imagesTotal: reconciles.imagesDone } : {}),
      })
      .where(eq(reconciles.tierId, after.id))
  }
}

/** What a tier has made without being asked. */
export function eagerNames(tier: Tier): RenditionName[] {
  if (tier.generation === 'lazy') return []
  return grantedTargets(tier).filter((target) => target !== 'original')
}

/** The lanes in which a run has something made; none where a newer edit has taken it over, or it has ended. */
export async function listReconciledLanes(
  { db }: Database,
  { tierId, version }: { tierId: string; version: number },
): Promise<Lane[]> {
  const rows = await db
    .select({ gained: reconciles.gained })
    .from(reconciles)
    .where(and(eq(reconciles.tierId, tierId), eq(reconciles.version, version), isNull(reconciles.finishedAt)))
  return [...new Set(rows.flatMap(({ gained }) => gained.map(laneOf)))]
}

export type ReconcileStep =
  /** A newer edit has taken the run over, or it has ended: there is nothing to do here. */
  | { outcome: 'superseded' }
  /** `wanted`: in which lanes which images now lack something that nobody has enqueued yet. */
  | { outcome: 'advanced'; finished: boolean; wanted: { imageId: string; lane: Lane }[] }

/**
 * Takes a run one batch further, in one statement: what the tier gained becomes
 * wanted of its users' next images in the order of ids, and the cursor moves on.
 * A pending image is asked for it too: its derivation may have begun before the edit.
 */
export async function advanceReconcile(
  { db }: Database,
  { tierId, version, batch }: { tierId: string; version: number; batch: number },
): Promise<ReconcileStep> {
  const [row] = await db.execute<{ finished: boolean; wanted: { id: string; name: RenditionName }[] }>(sql`
    WITH run AS (
      SELECT tier_id, gained, cursor FROM reconciles
      WHERE tier_id = ${tierId} AND version = ${version} AND finished_at IS NULL
      FOR UPDATE
    ), batch AS (
      SELECT i.id, i.state, i.format FROM run JOIN users u ON u.tier_id = run.tier_id JOIN images i ON i.owner_id = u.id
      WHERE u.deleted_at IS NULL AND i.state <> 'deleting' AND (run.cursor IS NULL OR i.id > run.cursor)
      ORDER BY i.id LIMIT ${batch}
    ), wanted AS (
      INSERT INTO renditions (image_id, name)
      SELECT batch.id, g.name FROM run CROSS JOIN batch CROSS JOIN unnest(run.gained) AS g (name)
      WHERE batch.state IN ('pending', 'ready')
        -- As after an upload: its own format is made of a picture when it is asked for.
        AND g.name <> 'full.' || batch.format
      ON CONFLICT DO NOTHING
      RETURNING image_id AS id, name
    ), looked_at AS (
      SELECT count(*)::integer AS count, (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last FROM batch
    )
    UPDATE reconciles r SET cursor = coalesce(l.last, r.cursor), images_done = r.images_done + l.count,
      progress_at = now(),
      -- What was deleted or uploaded meanwhile is known once all has been looked at.
      images_total = CASE WHEN l.count < ${batch} THEN r.images_done + l.count ELSE r.images_total END,
      finished_at = CASE WHEN l.count < ${batch} THEN now() END
    FROM run, looked_at l WHERE r.tier_id = run.tier_id
    RETURNING r.finished_at IS NOT NULL AS finished,
      (SELECT coalesce(jsonb_agg(wanted), '[]') FROM wanted) AS wanted`)
  if (row === undefined) return { outcome: 'superseded' }
  const byPair = new Map(
    row.wanted.map(({ id, name }) => [`${id}/${laneOf(name)}`, { imageId: id, lane: laneOf(name) }]),
  )
  return { outcome: 'advanced', finished: row.finished, wanted: [...byPair.values()] }
}

export type Reconcile = Pick<
  typeof reconciles.$inferSelect,
  'version' | 'imagesTotal' | 'imagesDone' | 'startedAt' | 'finishedAt'
>

/** The latest run of a tier; undefined where no edit has gained its users anything yet. */
export async function findReconcile({ db }: Database, tierId: string): Promise<Reconcile | undefined> {
  const [run] = await db
    .select({
      version: reconciles.version,
      // Uploads under way go on: a run may meet more than there were at its start.
      imagesTotal: sql<number>`greatest(${reconciles.imagesTotal}, ${reconciles.imagesDone})`,
      imagesDone: reconciles.imagesDone,
      startedAt: reconciles.startedAt,
      finishedAt: reconciles.finishedAt,
    })
    .from(reconciles)
    .where(eq(reconciles.tierId, tierId))
  return run
}

/** Runs that have not ended and made no progress for `idleSeconds`: their job is lost, or paused. */
export async function listIdleReconciles(
  { db }: Database,
  options: { idleSeconds: number; limit: number },
): Promise<{ tierId: string; version: number }[]> {
  return db
    .select({ tierId: reconciles.tierId, version: reconciles.version })
    .from(reconciles)
    .where(
      and(
        isNull(reconciles.finishedAt),
        sql`${reconciles.progressAt} <= now() - make_interval(secs => ${options.idleSeconds})`,
      ),
    )
    .orderBy(asc(reconciles.progressAt))
    .limit(options.limit)
}
