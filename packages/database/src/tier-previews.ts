import { grantedTargets, type Target, type Tier } from '@tintype/domain'
import type { Database } from './client.ts'
import { sql } from './orm.ts'
import { eagerNames } from './reconciles.ts'
import { findTier, type TierFields } from './tiers.ts'

/** What an edit of a tier would do, were it saved now. */
export interface TierPreview {
  /** As the edit would leave it. */
  tier: Tier
  /** How many users have the tier. */
  users: number
  /** Those of them who hold more than the quota would be. */
  usersOverQuota: number
  /** Pictures of those users. */
  images: number
  gained: Target[]
  lost: Target[]
  /** How many files would be made in the background. */
  renditions: number
  /** Whether that is the most there can be, since counting what exists already would take long. */
  estimated: boolean
}

/** Up to so many pictures, what exists already is looked up. */
const COUNTED_IMAGES = 100_000

/** What an edit would do: nothing is changed. Undefined where there is no such tier. */
export async function previewTier(
  database: Database,
  id: string,
  changes: Partial<TierFields>,
): Promise<TierPreview | undefined> {
  const current = await findTier(database, id)
  if (current === undefined) return undefined
  const tier = { ...current, ...changes }
  const [had, has] = [grantedTargets(current), grantedTargets(tier)]
  const [held] = await database.db.execute<{ users: number; over: number; images: number }>(sql`
    SELECT count(*)::integer AS users, coalesce(sum(used_images), 0)::float8 AS images,
      (count(*) FILTER (WHERE used_bytes > ${tier.quotaBytes} OR used_images > ${tier.quotaImages}))::integer AS over
    FROM users WHERE tier_id = ${id} AND deleted_at IS NULL`)
  const { users, over, images } = held ?? { users: 0, over: 0, images: 0 }

  const made = eagerNames(current)
  const wanted = eagerNames(tier).filter((name) => !made.includes(name))
  const estimated = wanted.length > 0 && images > COUNTED_IMAGES
  return {
    tier,
    users,
    usersOverQuota: over,
    images,
    gained: has.filter((target) => !had.includes(target)),
    lost: had.filter((target) => !has.includes(target)),
    renditions: estimated ? images * wanted.length : await countMissing(database, id, wanted),
    estimated,
  }
}

/** How many of these names the pictures of a tier's users lack; what a reconcile would ask for. */
async function countMissing({ db }: Database, tierId: string, names: string[]): Promise<number> {
  if (names.length === 0) return 0
  const [row] = await db.execute<{ count: number }>(sql`
    SELECT count(*)::integer AS count
    FROM users u JOIN images i ON i.owner_id = u.id CROSS JOIN unnest(${sql.param(names)}::text[]) AS g (name)
    WHERE u.tier_id = ${tierId} AND u.deleted_at IS NULL AND i.state IN ('pending', 'ready')
      AND g.name <> 'full.' || i.format
      AND NOT EXISTS (SELECT FROM renditions r WHERE r.image_id = i.id AND r.name = g.name)`)
  return row?.count ?? 0
}
