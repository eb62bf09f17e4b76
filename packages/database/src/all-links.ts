import { type AuditActor, recordAudit } from './audit.ts'
import type { Database } from './client.ts'
import { type Link, linkColumns, liveLink } from './links.ts'
import { and, desc, eq, lt, sql } from './orm.ts'
import { images, links, users } from './schema.ts'

/** A live link as administrators see it: who made it and for what, and nothing that opens it. */
export type OwnedLink = Link & {
  ownerId: string
  ownerName: string
  imageTitle: string
  imageFilename: string
}

export interface AllLinksQuery {
  limit: number
  /** The id of the last link of the page before. */
  after?: string | undefined
  ownerId?: string | undefined
  imageId?: string | undefined
}

/** A page of everybody's live links, newest first, in one query. */
export async function listAllLiveLinks({ db }: Database, query: AllLinksQuery): Promise<OwnedLink[]> {
  return db
    .select({
      ...linkColumns,
      imageId: images.id,
      imageTitle: images.title,
      imageFilename: images.filename,
      ownerId: users.id,
      ownerName: users.username,
    })
    .from(links)
    .innerJoin(images, eq(images.id, links.imageId))
    .innerJoin(users, eq(users.id, images.ownerId))
    .where(
      and(
        liveLink,
        query.after === undefined ? undefined : lt(links.id, query.after),
        query.ownerId === undefined ? undefined : eq(images.ownerId, query.ownerId),
        query.imageId === undefined ? undefined : eq(links.imageId, query.imageId),
      ),
    )
    .orderBy(desc(links.id))
    .limit(query.limit)
}

/** Ends anybody's link for good. Ending one that has ended succeeds. @returns whether there is such a link. */
export async function revokeAnyLink({ db }: Database, id: string, by: AuditActor): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [link] = await tx
      .select({
        imageId: links.imageId,
        ownerId: images.ownerId,
        ownerName: users.username,
        title: images.title,
        filename: images.filename,
        target: links.target,
        revokedAt: links.revokedAt,
      })
      .from(links)
      .innerJoin(images, eq(images.id, links.imageId))
      .innerJoin(users, eq(users.id, images.ownerId))
      .where(eq(links.id, id))
      .for('update', { of: links })
    if (link === undefined) return false
    if (link.revokedAt !== null) return true
    await tx.update(links).set({ revokedAt: sql`now()` }).where(eq(links.id, id))
    const { ownerId: owner, ownerName, imageId, title, filename, target } = link
    const before = { owner, ownerName, image: imageId, title: title || filename, target }
    await recordAudit(tx, by, { action: 'link.revoke', subjectId: id, before })
    return true
  })
}
