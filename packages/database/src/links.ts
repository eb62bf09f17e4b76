import type { FailureCode, ImageFormat, ImageState, Target, Tier } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, desc, eq, lt, ne, type SQL, sql } from './orm.ts'
import { prepareOnce } from './prepared.ts'
import { asRendition, type Rendition } from './renditions.ts'
import { images, links, renditions, tiers, users } from './schema.ts'
import { tierColumns } from './tiers.ts'

export interface Link {
  id: string
  imageId: string
  target: Target
  createdAt: Date
  /** Whole milliseconds, so that a token made of it again is the same one. */
  expiresAt: Date
  /** What is left of its life by PostgreSQL's clock, in milliseconds. */
  remainingMs: number
  maxUses: number | null
  hasPassword: boolean
  filename: string | null
}

/** Live: neither revoked nor used up nor expired, of an image and an owner who are there and have not moved on since. */
export const liveLink = sql`${links.revokedAt} IS NULL AND ${links.usedUpAt} IS NULL AND ${links.expiresAt} > now()
  AND ${links.imageEpoch} = ${images.linkEpoch} AND ${links.ownerEpoch} = ${users.linkEpoch}
  AND ${users.disabledAt} IS NULL AND ${images.state} <> 'deleting'`

const remainingMs = sql<number>`(extract(epoch FROM ${links.expiresAt} - now()) * 1000)::float8`

/** The columns that make a `Link` but for its image. */
export const linkColumns = {
  id: links.id,
  target: links.target,
  createdAt: links.createdAt,
  expiresAt: links.expiresAt,
  remainingMs,
  maxUses: links.maxUses,
  hasPassword: sql<boolean>`${links.passwordHash} IS NOT NULL`,
  filename: links.filename,
}

export interface NewLink {
  id: string
  ownerId: string
  imageId: string
  target: Target
  expiresInSeconds: number
  maxUses?: number | undefined
  passwordHash?: string | undefined
  filename?: string | undefined
}

/**
 * Writes a link to an image of this owner, with the epochs as they are at this
 * moment, so that a deletion or a transfer at the same time ends it.
 *
 * @returns undefined where the owner has no such image.
 */
export async function createLink({ db }: Database, link: NewLink): Promise<Link | undefined> {
  const [row] = await db.execute<{ createdms: number; expiresms: number }>(sql`
    INSERT INTO links (id, image_id, target, created_at, expires_at, max_uses, password_hash, filename,
      image_epoch, owner_epoch)
    SELECT ${link.id}, i.id, ${link.target}, t.now, t.now + make_interval(secs => ${link.expiresInSeconds}),
      ${link.maxUses ?? null}::integer, ${link.passwordHash ?? null}, ${link.filename ?? null},
      i.link_epoch, u.link_epoch
    FROM images i JOIN users u ON u.id = i.owner_id, date_trunc('milliseconds', now()) AS t (now)
    WHERE i.id = ${link.imageId} AND i.owner_id = ${link.ownerId} AND i.state <> 'deleting'
      AND u.disabled_at IS NULL
    RETURNING (extract(epoch FROM created_at) * 1000)::float8 AS createdms,
      (extract(epoch FROM expires_at) * 1000)::float8 AS expiresms`)
  if (row === undefined) return undefined
  return {
    id: link.id,
    imageId: link.imageId,
    target: link.target,
    createdAt: new Date(row.createdms),
    expiresAt: new Date(row.expiresms),
    remainingMs: link.expiresInSeconds * 1000,
    maxUses: link.maxUses ?? null,
    hasPassword: link.passwordHash !== undefined,
    filename: link.filename ?? null,
  }
}

/** All that decides whether a link is answered, and with what. */
export interface ResolvableLink {
  id: string
  target: Target
  remainingMs: number
  maxUses: number | null
  passwordHash: string | null
  filename: string | null
  /** Whether a webhook of the owner's is told of its uses. */
  isWatched: boolean
  image: {
    id: string
    filename: string
    format: ImageFormat
    bytes: number
    state: ImageState
    failureCode: FailureCode | null
  }
  /** Of a derived target, once it was asked for. */
  rendition: Rendition | undefined
  /** The owner's tier at this moment. Whether it still grants the target is the caller's to decide. */
  tier: Tier
}

const isWatched = sql<boolean>`EXISTS (SELECT FROM webhooks w
  WHERE w.user_id = ${users.id} AND w.disabled_at IS NULL AND 'link.used' = ANY (w.types))`

/** A live link with its image, rendition and owner's tier, in one query; undefined where the link is not live. */
export async function findLiveLink(database: Database, id: string): Promise<ResolvableLink | undefined> {
  const [row] = await selectLiveLink(database).execute({ id })
  if (row === undefined) return undefined
  const { link, image, tier, rendition } = row
  return { ...link, image, tier, rendition: rendition === null ? undefined : asRendition(rendition) }
}

const selectLiveLink = prepareOnce((db) =>
  db
    .select({
      link: {
        id: links.id,
        target: links.target,
        remainingMs,
        maxUses: links.maxUses,
        passwordHash: links.passwordHash,
        filename: links.filename,
        isWatched,
      },
      image: {
        id: images.id,
        filename: images.filename,
        format: images.format,
        bytes: images.bytes,
        state: images.state,
        failureCode: images.failureCode,
      },
      rendition: renditions,
      tier: tierColumns,
    })
    .from(links)
    .innerJoin(images, eq(images.id, links.imageId))
    .innerJoin(users, eq(users.id, images.ownerId))
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .leftJoin(renditions, and(eq(renditions.imageId, images.id), sql`${renditions.name} = ${links.target}`))
    .where(and(eq(links.id, sql.placeholder('id')), liveLink))
    .prepare('live_link'),
)

export interface LinkQuery {
  ownerId: string
  imageId: string
  limit: number
  /** The id of the last link of the page before. */
  after?: string | undefined
}

/**
 * The live links of an image, newest first, in one query; undefined where the
 * owner has no such image. Whether the uses of a link with `maxUses` are lost
 * is known to Redis alone.
 */
export async function listLiveLinks({ db }: Database, query: LinkQuery): Promise<Link[] | undefined> {
  const rows = await db
    .select({
      imageId: images.id,
      link: linkColumns,
    })
    .from(images)
    .innerJoin(users, eq(users.id, images.ownerId))
    // An outer join, so that an image without links is told from one that is not there.
    .leftJoin(
      links,
      and(
        eq(links.imageId, images.id),
        liveLink,
        query.after === undefined ? undefined : lt(links.id, query.after),
      ),
    )
    .where(ownImage(query.ownerId, query.imageId))
    .orderBy(desc(links.id))
    .limit(query.limit)
  if (rows.length === 0) return undefined
  return rows.flatMap(({ imageId, link }) => (link === null ? [] : [{ ...link, imageId }]))
}

function ownImage(ownerId: string, imageId: string): SQL | undefined {
  return and(eq(images.id, imageId), eq(images.ownerId, ownerId), ne(images.state, 'deleting'))
}

/** Ends a link of this owner's for good. Ending one that has ended succeeds. @returns whether there is such a link. */
export async function revokeLink({ db }: Database, ownerId: string, id: string): Promise<boolean> {
  const rows = await db.execute(sql`
    UPDATE links l SET revoked_at = coalesce(l.revoked_at, now())
    FROM images i
    WHERE l.id = ${id} AND i.id = l.image_id AND i.owner_id = ${ownerId} AND i.state <> 'deleting'
    RETURNING l.id`)
  return rows.length === 1
}

/** Ends every link to an image of this owner's. @returns the ids of those this call ended; undefined where there is no such image. */
export async function revokeLinksOfImage(
  { db }: Database,
  ownerId: string,
  imageId: string,
): Promise<string[] | undefined> {
  const rows = await db.execute<{ id: string | null }>(sql`
    WITH image AS (
      SELECT id FROM images WHERE id = ${imageId} AND owner_id = ${ownerId} AND state <> 'deleting'
    ), revoked AS (
      UPDATE links l SET revoked_at = now() FROM image
      WHERE l.image_id = image.id AND l.revoked_at IS NULL AND l.expires_at > now()
      RETURNING l.id
    )
    SELECT revoked.id FROM image LEFT JOIN revoked ON true`)
  if (rows.length === 0) return undefined
  return rows.flatMap(({ id }) => (id === null ? [] : [id]))
}

/** Notes that the last use of a link was spent. */
export async function markLinkUsedUp({ db }: Database, id: string): Promise<void> {
  await db.update(links).set({ usedUpAt: sql`now()` }).where(eq(links.id, id))
}
