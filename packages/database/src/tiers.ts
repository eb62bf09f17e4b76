import { type Tier, type TierGrants, uuidv7 } from '@tintype/domain'
import { asc, eq, sql } from 'drizzle-orm'
import { type Database, violatedConstraint } from './client.ts'
import { tiers } from './schema.ts'

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

export async function listTiers({ db }: Database): Promise<Tier[]> {
  return db.select(tierColumns).from(tiers).orderBy(asc(tiers.createdAt), asc(tiers.name))
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

export async function findDefaultTier({ db }: Database): Promise<Tier> {
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
export async function createTier({ db }: Database, fields: TierFields): Promise<TierOutcome> {
  return saving(() =>
    db.transaction(async (tx) => {
      if (fields.isDefault) {
        await lockTiers(tx)
        await tx.update(tiers).set({ isDefault: false }).where(eq(tiers.isDefault, true))
      }
      const [tier] = await tx
        .insert(tiers)
        .values({ id: uuidv7(), ...fields })
        .returning(tierColumns)
      return tier === undefined ? { outcome: 'not-found' } : { outcome: 'saved', tier }
    }),
  )
}

/**
 * Edits a tier and raises its version. `check` sees the tier as it will be,
 * inside the transaction, and refuses it by throwing.
 */
export async function updateTier(
  { db }: Database,
  id: string,
  changes: Partial<TierFields>,
  check: (tier: Tier) => void,
): Promise<TierOutcome> {
  return saving(() =>
    db.transaction(async (tx): Promise<TierOutcome> => {
      if (changes.isDefault === true) await lockTiers(tx)
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
      return tier === undefined ? { outcome: 'not-found' } : { outcome: 'saved', tier }
    }),
  )
}

/** Before a tier becomes the default one: of several that do so at once, one follows the other. In id order, against deadlocks. */
async function lockTiers(tx: Pick<Database['db'], 'select'>): Promise<void> {
  await tx.select({ id: tiers.id }).from(tiers).orderBy(tiers.id).for('update')
}

async function saving(save: () => Promise<TierOutcome>): Promise<TierOutcome> {
  try {
    return await save()
  } catch (error) {
    if (violatedConstraint(error) === 'tiers_name') return { outcome: 'name-taken' }
    throw error
  }
}
