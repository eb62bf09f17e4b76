import type { Target } from '@tintype/domain'
import type { Database } from './client.ts'
import { type Image, imageColumns } from './images.ts'
import { and, asc, eq, gt, inArray, ne, sql } from './orm.ts'
import { asRendition, type Rendition } from './renditions.ts'
import { archives, images, renditions, users } from './schema.ts'

/** What an archive's address stands for. */
export interface Archive {
  id: string
  ownerId: string
  /** Null: all of the owner's. */
  imageIds: string[] | null
  rendition: Target
  createdAt: Date
}

export interface NewArchive {
  id: string
  ownerId: string
  imageIds: string[] | null
  rendition: Target
}

/** @returns when it expires, by PostgreSQL's clock. */
export async function createArchive(
  { db }: Database,
  archive: NewArchive,
  lifeSeconds: number,
): Promise<Date> {
  const [row] = await db
    .insert(archives)
    .values({ ...archive, expiresAt: sql`now() + make_interval(secs => ${lifeSeconds})` })
    .returning({ expiresAt: archives.expiresAt })
  if (row === undefined) throw new Error('an inserted row was not returned')
  return row.expiresAt
}

/** An archive that has not expired, of an owner who is neither disabled nor gone. */
export async function findArchive({ db }: Database, id: string): Promise<Archive | undefined> {
  const [row] = await db
    .select({
      id: archives.id,
      ownerId: archives.ownerId,
      imageIds: archives.imageIds,
      rendition: archives.rendition,
      createdAt: archives.createdAt,
    })
    .from(archives)
    .innerJoin(users, eq(users.id, archives.ownerId))
    .where(
      sql`${archives.id} = ${id} AND ${archives.expiresAt} > now()
        AND ${users.disabledAt} IS NULL AND ${users.deletedAt} IS NULL`,
    )
  return row
}

/** Those of these ids that are images of this owner's, in one query. */
export async function listOwnIds({ db }: Database, ownerId: string, ids: string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: images.id })
    .from(images)
    .where(and(inArray(images.id, ids), eq(images.ownerId, ownerId), ne(images.state, 'deleting')))
  return new Set(rows.map((row) => row.id))
}

export interface ArchiveEntry {
  image: Image
  /** Undefined where it was not asked for yet, and for originals. */
  rendition: Rendition | undefined
}

/** The images of an archive that come after one, in the order of their ids, with what is asked of each: in one query. */
export async function listArchiveEntries(
  { db }: Database,
  archive: Pick<Archive, 'ownerId' | 'imageIds' | 'rendition'>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<ArchiveEntry[]> {
  const rows = await db
    .select({ image: imageColumns, rendition: renditions })
    .from(images)
    .leftJoin(
      renditions,
      and(eq(renditions.imageId, images.id), sql`${renditions.name} = ${archive.rendition}`),
    )
    .where(
      and(
        eq(images.ownerId, archive.ownerId),
        ne(images.state, 'deleting'),
        archive.imageIds === null ? undefined : inArray(images.id, archive.imageIds),
        after === undefined ? undefined : gt(images.id, after),
      ),
    )
    .orderBy(asc(images.id))
    .limit(limit)
  return rows.map(({ image, rendition }) => ({
    image,
    rendition: rendition === null ? undefined : asRendition(rendition),
  }))
}

/** Forgets archives whose address is good no longer. */
export async function forgetExpiredArchives({ db }: Database): Promise<number> {
  const gone = await db.execute(sql`DELETE FROM archives WHERE expires_at <= now()`)
  return gone.count
}
