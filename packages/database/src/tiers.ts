import { type Tier, type TierGrants, uuidv7 } from '@tintype/domain'
import { type AuditActor, type AuditFields, recordAudit } from './audit.ts'
import { type Database, type Executor, violatedConstraint } from './client.ts'
import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from './orm.ts'
import { recordGains } from './reconciles.ts'
import { tiers, users } from './schema.ts'

/** The columns that make a `Tier`, for every query that answers one. */
export const tierColumns = {
  id: tiers.id,
  name: tiers.name,
  thumbnailHeights: tiers.thumbnailHeights,
  originalAccess: tiers.originalAccess,
  conversionFormats: tiers.conversionFormats,
  linkAccess: tiers.linkAccess,
  linkMinSeconds: tiers.linkMinSeconds,
  linkMaxSeconds: tiers.linkMaxSeconds,
  maxUploadBytes: tiers.maxUploadBytes,
  maxPixels: tiers.maxPixels,
  quotaBytes: tiers.quotaBytes,
  quotaImages: tiers.quotaImages,
  readsPerMinute: tiers.readsPerMinute,
  uploadsPerMinute: tiers.uploadsPerMinute,
  linksPerMinute: tiers.linksPerMinute,
  generation: tiers.generation,
  isDefault: tiers.isDefault,
  version: tiers.version,
}

/** Every tier with how many users have it, in one query. */
export async function listTiers({ db }: Database): Promise<(Tier & { users: number })[]> {
  const counted = db
    .select({ tierId: users.tierId, count: sql<number>`count(*)::integer`.as('count') })
    .from(users)
    .where(isNull(users.deletedAt))
    .groupBy(users.tierId)
    .as('counted')
  return db
    .select({ ...tierColumns, users: sql<number>`coalesce(${counted.count}, 0)` })
    .from(tiers)
    .leftJoin(counted, eq(counted.tierId, tiers.id))
    .orderBy(asc(tiers.createdAt), asc(tiers.name))
}

/** Finds a tier by its id or, in any case, by its name; by its id where another's name reads like that. */
export async function findTier({ db }: Database, nameOrId: string): Promise<Tier | undefined> {
  const [tier] = await db
    .select(tierColumns)
    .from(tiers)
    .where(sql`${tiers.id}::text = ${nameOrId} OR lower(${tiers.name}) = lower(${nameOrId})`)
    .orderBy(sql`${tiers.id}::text = ${nameOrId} DESC`)
    .limit(1)
  return tier
}

export async function findDefaultTier({ db }: { db: Executor }): Promise<Tier> {
  const [tier] = await db.select(tierColumns).from(tiers).where(eq(tiers.isDefault, true))
  if (tier === undefined) throw new Error('no tier is the default one')
  return tier
}

export type TierFields = TierGrants & { name: string; isDefault: boolean }
export type TierOutcome =
  | { outcome: 'saved'; tier: Tier }
  | { outcome: 'name-taken' }
  | { outcome: 'not-found' }
  | { outcome: 'no-default' }

/** Makes a tier. Where it becomes the default one, the old default ceases to be it in the same transaction. */
export async function createTier(
  { db }: Database,
  fields: TierFields,
  by?: AuditActor,
): Promise<TierOutcome> {
  return saving(() =>
    db.transaction(async (tx) => {
      if (fields.isDefault) {
        await lockDefaultTier(tx)
        await tx.update(tiers).set({ isDefault: false }).where(eq(tiers.isDefault, true))
      }
      const [tier] = await tx
        .insert(tiers)
        .values({ id: uuidv7(), ...fields })
        .returning(tierColumns)
      if (tier === undefined) return { outcome: 'not-found' }
      await recordAudit(tx, by, { action: 'tier.create', subjectId: tier.id, after: auditFieldsOf(tier) })
      return { outcome: 'saved', tier }
    }),
  )
}

/**
 * Edits a tier and raises its version. What its users gained by it is noted
 * for a reconcile (see `advanceReconcile`); no image is touched here. `check`
 * sees the tier as it will be, inside the transaction, and refuses it by throwing.
 */
export async function updateTier(
  { db }: Database,
  id: string,
  changes: Partial<TierFields>,
  check: (tier: Tier) => void,
  by?: AuditActor,
): Promise<TierOutcome> {
  return saving(() =>
    db.transaction(async (tx): Promise<TierOutcome> => {
      if (changes.isDefault === true) await lockDefaultTier(tx, id)
      const [current] = await tx.select(tierColumns).from(tiers).where(eq(tiers.id, id)).for('update')
      if (current === undefined) return { outcome: 'not-found' }
      // There is one default tier at all times: another becomes it, none just ceases to be it.
      if (current.isDefault && changes.isDefault === false) return { outcome: 'no-default' }
      check({ ...current, ...changes })
      if (changes.isDefault === true && !current.isDefault) {
        await tx.update(tiers).set({ isDefault: false }).where(eq(tiers.isDefault, true))
      }
      const [tier] = await tx
        .update(tiers)
        .set({ ...changes, version: sql`${tiers.version} + 1`, updatedAt: sql`now()` })
        .where(eq(tiers.id, id))
        .returning(tierColumns)
      if (tier === undefined) return { outcome: 'not-found' }
      await recordGains(tx, current, tier)
      await recordAudit(tx, by, {
        action: 'tier.update',
        subjectId: id,
        before: auditFieldsOf(current),
        after: auditFieldsOf(tier),
      })
      return { outcome: 'saved', tier }
    }),
  )
}

export type TierDeletionOutcome =
  | { outcome: 'deleted'; moved: number }
  | { outcome: 'not-found' }
  | { outcome: 'default-tier' }
  /** Users have it, and nobody said where they go. */
  | { outcome: 'in-use'; users: number }
  /** They would go to a tier that is not there, or to this very one. */
  | { outcome: 'unknown-target' }

/**
 * Deletes a tier that nobody has, or moves its users to another one in the same
 * transaction. Somebody who is put into it at that moment is either moved too
 * or finds it gone. The default tier stays.
 */
export async function deleteTier(
  { db }: Database,
  id: string,
  options: { moveTo?: string | undefined },
  by: AuditActor,
): Promise<TierDeletionOutcome> {
  const { moveTo } = options
  return db.transaction(async (tx): Promise<TierDeletionOutcome> => {
    const locked = await tx
      .select(tierColumns)
      .from(tiers)
      .where(inArray(tiers.id, moveTo === undefined ? [id] : [id, moveTo]))
      .orderBy(tiers.id)
      .for('update')
    const tier = locked.find((one) => one.id === id)
    if (tier === undefined) return { outcome: 'not-found' }
    if (tier.isDefault) return { outcome: 'default-tier' }
    const target = locked.find((one) => one.id === moveTo && one.id !== id)
    if (moveTo !== undefined && target === undefined) return { outcome: 'unknown-target' }

    // In id order, as wherever users are locked.
    const having = await tx
      .select({ id: users.id, deletedAt: users.deletedAt })
      .from(users)
      .where(eq(users.tierId, id))
      .orderBy(users.id)
      .for('update')
    const moved = having.filter((user) => user.deletedAt === null).length
    if (target !== undefined) {
      await tx.update(users).set({ tierId: target.id, updatedAt: sql`now()` }).where(eq(users.tierId, id))
    } else if (moved > 0) {
      return { outcome: 'in-use', users: moved }
    } else {
      // Of deleted users only the row is left, until their pictures are gone.
      const other = tx.select({ id: tiers.id }).from(tiers).where(eq(tiers.isDefault, true))
      await tx
        .update(users)
        .set({ tierId: sql`(${other})` })
        .where(and(eq(users.tierId, id), isNotNull(users.deletedAt)))
    }
    await tx.delete(tiers).where(eq(tiers.id, id))
    await recordAudit(tx, by, {
      action: 'tier.delete',
      subjectId: id,
      before: auditFieldsOf(tier),
      ...(target === undefined ? {} : { after: { movedTo: target.name, users: moved } }),
    })
    return { outcome: 'deleted', moved }
  })
}

/**
 * Before a tier becomes the default one: of several that do so at once, one
 * follows the other. The default one of the moment and the one to come are then
 * locked in id order, as where a tier is deleted in favour of another.
 */
async function lockDefaultTier(tx: Executor, toComeId?: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('the default tier'))`)
  await tx
    .select({ id: tiers.id })
    .from(tiers)
    .where(or(tiers.isDefault, toComeId === undefined ? undefined : eq(tiers.id, toComeId)))
    .orderBy(tiers.id)
    .for('update')
}

/** A tier as the audit log shows it. */
function auditFieldsOf({ id: _id, version: _version, ...fields }: Tier): AuditFields {
  return fields
}

async function saving(save: () => Promise<TierOutcome>): Promise<TierOutcome> {
  try {
    return await save()
  } catch (error) {
    if (violatedConstraint(error) === 'tiers_name') return { outcome: 'name-taken' }
    throw error
  }
}
