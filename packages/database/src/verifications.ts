import { type RenditionName, uuidv7, type VerificationPhase } from '@tintype/domain'
import { type AuditActor, recordAudit } from './audit.ts'
import { type Database, violatedConstraint } from './client.ts'
import { and, asc, desc, eq, getTableColumns, gt, lt, sql } from './orm.ts'
import { verificationFindings, verifications } from './schema.ts'

/** Verifications that are remembered. */
const MAX_KEPT = 20
/** Findings that are kept of one: who has more has lost a store, and knows. */
const MAX_FINDINGS = 10_000

export type Verification = typeof verifications.$inferSelect
export type VerificationFinding = typeof verificationFindings.$inferSelect

/** What to compare and whether to mend it. */
export type VerificationWishes = Pick<Verification, 'hash' | 'repair'>

/** Begins a verification, unless one runs. Nothing is enqueued. */
export async function startVerification(
  { db }: Database,
  { hash, repair }: VerificationWishes,
  by: AuditActor,
): Promise<{ outcome: 'started'; verification: Verification } | { outcome: 'running' }> {
  const id = uuidv7()
  try {
    const verification = await db.transaction(async (tx) => {
      const [made] = await tx
        .insert(verifications)
        .values({
          id,
          hash,
          repair,
          imagesTotal: sql`(SELECT coalesce(sum(used_images), 0)::integer FROM users)`,
        })
        .returning()
      if (made === undefined) throw new Error('an inserted row was not returned')
      await tx.execute(sql`
        DELETE FROM verifications WHERE id <= (SELECT id FROM verifications ORDER BY id DESC OFFSET ${MAX_KEPT} LIMIT 1)`)
      await recordAudit(tx, by, {
        action: 'verification.start',
        subjectId: id,
        after: { hash, repair },
      })
      return made
    })
    return { outcome: 'started', verification }
  } catch (error) {
    if (violatedConstraint(error) === 'verifications_running') return { outcome: 'running' }
    throw error
  }
}

export async function findVerification({ db }: Database, id: string): Promise<Verification | undefined> {
  const [verification] = await db.select().from(verifications).where(eq(verifications.id, id))
  return verification
}

/** The latest verifications, newest first. */
export async function listVerifications(
  { db }: Database,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<Verification[]> {
  return db
    .select()
    .from(verifications)
    .where(after === undefined ? undefined : lt(verifications.id, after))
    .orderBy(desc(verifications.id))
    .limit(limit)
}

/** Findings of a verification in the order in which they were made. */
export async function listVerificationFindings(
  { db }: Database,
  verificationId: string,
  { limit, after = 0 }: { limit: number; after?: number | undefined },
): Promise<VerificationFinding[]> {
  return db
    .select(getTableColumns(verificationFindings))
    .from(verificationFindings)
    .where(
      and(eq(verificationFindings.verificationId, verificationId), gt(verificationFindings.number, after)),
    )
    .orderBy(asc(verificationFindings.number))
    .limit(limit)
}

/** Ends one that runs where it is. @returns whether it did. */
export async function stopVerification({ db }: Database, id: string, by: AuditActor): Promise<boolean> {
  return db.transaction(async (tx) => {
    const stopped = await tx
      .update(verifications)
      .set({ state: 'stopped', endedAt: sql`now()` })
      .where(and(eq(verifications.id, id), eq(verifications.state, 'running')))
      .returning({ id: verifications.id })
    if (stopped.length === 1) await recordAudit(tx, by, { action: 'verification.stop', subjectId: id })
    return stopped.length === 1
  })
}

export type NewFinding = Pick<VerificationFinding, 'problem' | 'subjectId' | 'mended'> &
  Partial<Pick<VerificationFinding, 'rendition' | 'expected' | 'actual'>>

/** What a verification has come to since it was last noted. */
export interface VerificationStep {
  /** Where it goes on; `done`: there is nothing more. */
  phase: VerificationPhase | 'done'
  cursor: string | null
  images: number
  objects: number
  bytesHashed: number
  found: number
  mended: number
  /** Some of what was found. */
  findings: NewFinding[]
}

/**
 * Notes a step, as long as the verification runs and nobody else has noted one
 * meanwhile: of two jobs at once, one goes on.
 *
 * @returns it as it is now; undefined where it is to be left alone.
 */
export async function advanceVerification(
  { db }: Database,
  { id, phase, cursor }: Pick<Verification, 'id' | 'phase' | 'cursor'>,
  step: VerificationStep,
): Promise<Verification | undefined> {
  return db.transaction(async (tx) => {
    const [moved] = await tx
      .update(verifications)
      .set({
        ...(step.phase === 'done'
          ? {
              state: 'done',
              endedAt: sql`now()`,
              // What was deleted or uploaded meanwhile is known once all has been looked at.
              imagesTotal: sql`${verifications.imagesDone} + ${step.images}`,
            }
          : { phase: step.phase }),
        cursor: step.cursor,
        imagesDone: sql`${verifications.imagesDone} + ${step.images}`,
        objectsSeen: sql`${verifications.objectsSeen} + ${step.objects}`,
        bytesHashed: sql`${verifications.bytesHashed} + ${step.bytesHashed}`,
        found: sql`${verifications.found} + ${step.found}`,
        mended: sql`${verifications.mended} + ${step.mended}`,
        progressAt: sql`now()`,
      })
      .where(
        and(
          eq(verifications.id, id),
          eq(verifications.state, 'running'),
          eq(verifications.phase, phase),
          sql`${verifications.cursor} IS NOT DISTINCT FROM ${cursor}`,
        ),
      )
      .returning()
    if (moved === undefined) return undefined
    const before = moved.found - step.found
    const kept = step.findings.slice(0, Math.max(0, MAX_FINDINGS - before))
    if (kept.length > 0) {
      await tx
        .insert(verificationFindings)
        .values(kept.map((one, index) => ({ ...one, verificationId: id, number: before + index + 1 })))
    }
    return moved
  })
}

/** Verifications that run and made no progress for `idleSeconds`: their job is lost, or paused. */
export async function listIdleVerifications(
  { db }: Database,
  { idleSeconds }: { idleSeconds: number },
): Promise<string[]> {
  const rows = await db
    .select({ id: verifications.id })
    .from(verifications)
    .where(
      and(
        eq(verifications.state, 'running'),
        sql`${verifications.progressAt} <= now() - make_interval(secs => ${idleSeconds})`,
      ),
    )
  return rows.map(({ id }) => id)
}

/** An image with all that should be in the store for it. */
export interface ExpectedObjects {
  id: string
  /** Of the original. */
  bytes: number
  sha256: string
  renditions: { name: RenditionName; key: string; bytes: number }[]
}

/** What should be in the store, by images in the order of their ids, in one query. */
export async function listExpectedObjects(
  { db }: Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<ExpectedObjects[]> {
  const rows = await db.execute<ExpectedObjects & Record<string, unknown>>(sql`
    SELECT i.id, i.bytes::float8 AS bytes, i.sha256, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.name, 'key', r.object_key, 'bytes', r.bytes)), '[]')
      FROM renditions r WHERE r.image_id = i.id AND r.object_key IS NOT NULL
    ) AS renditions
    FROM images i ${after === null ? sql`` : sql`WHERE i.id > ${after}::uuid`} ORDER BY i.id LIMIT ${limit}`)
  return [...rows]
}

/** Of these keys of originals' images and of renditions, those that rows still stand for, in one query. */
export async function listExpectedKeys(
  { db }: Database,
  {
    originalsOf,
    renditionKeys,
  }: { originalsOf: string[]; renditionKeys: { imageId: string; key: string }[] },
): Promise<{ originalsOf: Set<string>; renditionKeys: Set<string> }> {
  const imageIds = renditionKeys.map(({ imageId }) => imageId)
  const rows = await db.execute<{ id: string | null; key: string | null }>(sql`
    SELECT id, NULL AS key FROM images
    WHERE id = ANY (${sql.param(originalsOf)}::uuid[]) AND state <> 'deleting'
    UNION ALL
    SELECT NULL, r.object_key FROM renditions r JOIN images i ON i.id = r.image_id
    WHERE r.image_id = ANY (${sql.param(imageIds)}::uuid[]) AND i.state <> 'deleting'
      AND r.object_key = ANY (${sql.param(renditionKeys.map(({ key }) => key))}::text[])`)
  return {
    originalsOf: new Set(rows.flatMap(({ id }) => id ?? [])),
    renditionKeys: new Set(rows.flatMap(({ key }) => key ?? [])),
  }
}

/**
 * Forgets files of renditions that are not as they should be, so that they are
 * wanted again, unless others have been made in their place meanwhile. In one
 * statement. Nothing is enqueued.
 *
 * @returns those that are wanted now.
 */
export async function forgetRenditionFiles(
  { db }: Database,
  lost: { imageId: string; key: string }[],
): Promise<{ imageId: string; name: RenditionName; key: string }[]> {
  const rows = await db.execute<{ imageId: string; name: RenditionName; key: string }>(sql`
    WITH lost AS (
      SELECT r.image_id, r.name, r.object_key FROM renditions r
      WHERE (r.image_id, r.object_key) IN (
        SELECT * FROM unnest(${sql.param(lost.map(({ imageId }) => imageId))}::uuid[], ${sql.param(lost.map(({ key }) => key))}::text[]))
      ORDER BY r.image_id, r.name FOR UPDATE
    )
    UPDATE renditions r SET object_key = NULL, format = NULL, width = NULL, height = NULL, bytes = NULL,
      failure_code = NULL, requested_at = now()
    FROM lost WHERE r.image_id = lost.image_id AND r.name = lost.name
    RETURNING r.image_id AS "imageId", r.name, lost.object_key AS key`)
  return [...rows]
}
