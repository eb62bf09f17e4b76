import type { ImageState } from '@tintype/domain'
import { type AuditActor, recordAudit } from './audit.ts'
import type { Database, Executor } from './client.ts'
import { markDeletingById } from './deletions.ts'
import { type Image, type ImageWithRenditions, imageColumns, withRenditions } from './images.ts'
import { and, desc, eq, isNull, lt, ne, sql } from './orm.ts'
import { images, renditions, users } from './schema.ts'
import { containsText } from './text-search.ts'

/** An image as administrators see it, whoever owns it. */
export type OwnedImage = Image & { ownerName: string; attempts: number }

const ownedColumns = { ...imageColumns, ownerName: users.username, attempts: images.attempts }

export interface AllImagesQuery {
  limit: number
  /** The id of the last image of the page before. */
  after?: string | undefined
  ownerId?: string | undefined
  state?: Exclude<ImageState, 'deleting'> | undefined
  /** Text that title or filename contain, in any case. */
  text?: string | undefined
}

/** A page of everybody's images, newest first, in one query. */
export async function listAllImages({ db }: Database, query: AllImagesQuery): Promise<OwnedImage[]> {
  const { after, ownerId, state, text } = query
  return db
    .select(ownedColumns)
    .from(images)
    .innerJoin(users, eq(users.id, images.ownerId))
    .where(
      and(
        isNull(users.deletedAt),
        state === undefined ? ne(images.state, 'deleting') : eq(images.state, state),
        after === undefined ? undefined : lt(images.id, after),
        ownerId === undefined ? undefined : eq(images.ownerId, ownerId),
        text === undefined ? undefined : containsText(text, images.title, images.filename),
      ),
    )
    .orderBy(desc(images.id))
    .limit(query.limit)
}

/** Anybody's image with its renditions, in one query. */
export async function findAnyImage(
  { db }: { db: Executor },
  id: string,
): Promise<{ image: OwnedImage; renditions: ImageWithRenditions['renditions'] } | undefined> {
  const rows = await db
    .select({ image: ownedColumns, rendition: renditions })
    .from(images)
    .innerJoin(users, eq(users.id, images.ownerId))
    .leftJoin(renditions, eq(renditions.imageId, images.id))
    .where(and(eq(images.id, id), ne(images.state, 'deleting'), isNull(users.deletedAt)))
    .orderBy(renditions.name)
  return withRenditions(rows)
}

/** As `markDeleting`, of anybody's image, by an administrator. */
export async function markAnyDeleting({ db }: Database, id: string, by: AuditActor): Promise<boolean> {
  return db.transaction(async (tx) => {
    const found = await findAnyImage({ db: tx }, id)
    if (found === undefined || !(await markDeletingById(tx, id))) return false
    const { ownerId, ownerName, title, filename, bytes } = found.image
    const before = { owner: ownerId, ownerName, title, filename, bytes }
    await recordAudit(tx, by, { action: 'image.delete', subjectId: id, before })
    return true
  })
}

export type TransferOutcome =
  | { outcome: 'transferred' }
  | { outcome: 'not-found' }
  | { outcome: 'unknown-owner' }
  | { outcome: 'quota-exceeded' }

/**
 * Gives an image to another user, in one transaction: what it counts against
 * quotas moves with it, and its links end. Nothing moves where the new owner's
 * quota has no room. The image is locked first, as by a deletion, then both
 * owners in id order, so that two transfers that cross do not wait for each other.
 */
export async function transferImage(
  { db }: Database,
  id: string,
  newOwnerId: string,
  by: AuditActor,
): Promise<TransferOutcome> {
  return db.transaction(async (tx): Promise<TransferOutcome> => {
    const [image] = await tx
      .select({ ownerId: images.ownerId, bytes: images.bytes })
      .from(images)
      .where(and(eq(images.id, id), ne(images.state, 'deleting')))
      .for('update')
    if (image === undefined) return { outcome: 'not-found' }
    const locked = await tx.execute<{ id: string; username: string; deleted: boolean }>(sql`
      SELECT id, username, deleted_at IS NOT NULL AS deleted FROM users
      WHERE id IN (${image.ownerId}, ${newOwnerId}) ORDER BY id FOR UPDATE`)
    const find = (userId: string) => locked.find((user) => user.id === userId && !user.deleted)
    const [oldOwner, newOwner] = [find(image.ownerId), find(newOwnerId)]
    if (oldOwner === undefined) return { outcome: 'not-found' }
    if (newOwner === undefined) return { outcome: 'unknown-owner' }
    if (image.ownerId === newOwnerId) return { outcome: 'transferred' }

    const counted = await tx.execute(sql`
      UPDATE users u SET used_bytes = u.used_bytes + ${image.bytes}, used_images = u.used_images + 1
      FROM tiers t
      WHERE u.id = ${newOwnerId} AND t.id = u.tier_id
        AND u.used_bytes + ${image.bytes} <= t.quota_bytes AND u.used_images + 1 <= t.quota_images
      RETURNING u.id`)
    if (counted.length === 0) return { outcome: 'quota-exceeded' }
    await tx.execute(sql`
      UPDATE users SET used_bytes = used_bytes - ${image.bytes}, used_images = used_images - 1
      WHERE id = ${image.ownerId}`)
    await tx
      .update(images)
      .set({
        ownerId: newOwnerId,
        linkEpoch: sql`${images.linkEpoch} + 1`,
        // A repeated upload of the old owner's answers nothing of what is somebody else's now.
        requestId: null,
        requestPart: null,
      })
      .where(eq(images.id, id))
    await recordAudit(tx, by, {
      action: 'image.transfer',
      subjectId: id,
      before: { owner: oldOwner.id, ownerName: oldOwner.username },
      after: { owner: newOwner.id, ownerName: newOwner.username },
    })
    return { outcome: 'transferred' }
  })
}
