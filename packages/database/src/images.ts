import type { FailureCode, ImageFormat, ImageState, RenditionName } from '@tintype/domain'
import { type Database, violatedConstraint } from './client.ts'
import { and, asc, desc, eq, gt, inArray, lt, ne, type SQL, sql } from './orm.ts'
import { prepareOnce } from './prepared.ts'
import { asRendition, type Rendition, type RenditionState, stateOfRendition } from './renditions.ts'
import { images, renditions } from './schema.ts'
import { containsText } from './text-search.ts'
import { findUser } from './users.ts'

export interface Image {
  id: string
  ownerId: string
  title: string
  filename: string
  sha256: string
  format: ImageFormat
  width: number
  height: number
  bytes: number
  state: ImageState
  failureCode: FailureCode | null
  failureMessage: string | null
  thumbhash: string | null
  uploadedAt: Date
}

export interface ImageWithRenditions {
  image: Image
  renditions: Rendition[]
}

/** The columns that make an `Image`. */
export const imageColumns = {
  id: images.id,
  ownerId: images.ownerId,
  title: images.title,
  filename: images.filename,
  sha256: images.sha256,
  format: images.format,
  width: images.width,
  height: images.height,
  bytes: images.bytes,
  state: images.state,
  failureCode: images.failureCode,
  failureMessage: images.failureMessage,
  thumbhash: images.thumbhash,
  uploadedAt: images.uploadedAt,
}

export interface NewImage {
  id: string
  ownerId: string
  title: string
  filename: string
  sha256: string
  format: ImageFormat
  width: number
  height: number
  bytes: number
  /** Which part of which idempotent request it came in. */
  request?: { id: string; part: number } | undefined
}

export type CreateImageOutcome =
  | { outcome: 'created'; image: Image }
  /** An image of this part of this request is there. */
  | { outcome: 'created-before' }
  | { outcome: 'quota-exceeded' }
  /** Disabled, or gone. */
  | { outcome: 'owner-disabled' }

/**
 * Counts an image against its owner's quota and writes its row, in one
 * statement: either both happen or neither. The check sees every upload that
 * was committed before it, however many run at once, because it waits for the
 * owner's row.
 */
export async function createPendingImage(database: Database, image: NewImage): Promise<CreateImageOutcome> {
  const { request, ...fields } = image
  let row: { uploadedat: string } | undefined
  try {
    ;[row] = await insertCounted(database, image)
  } catch (error) {
    if (violatedConstraint(error) === 'images_of_request') return { outcome: 'created-before' }
    throw error
  }
  if (row === undefined) {
    const owner = await findUser(database, image.ownerId)
    return { outcome: owner?.disabledAt === null ? 'quota-exceeded' : 'owner-disabled' }
  }
  return { outcome: 'created', image: asCreated(fields, row.uploadedat) }
}

function insertCounted(database: Database, image: NewImage) {
  return database.prepared.execute<{ uploadedat: string }>(sql`
    WITH counted AS (
      UPDATE users u SET used_bytes = u.used_bytes + ${image.bytes}, used_images = u.used_images + 1
      FROM tiers t
      WHERE u.id = ${image.ownerId} AND u.disabled_at IS NULL AND t.id = u.tier_id
        AND u.used_bytes + ${image.bytes} <= t.quota_bytes AND u.used_images + 1 <= t.quota_images
      RETURNING u.id
    )
    ${insertImage(image, sql`counted`)}`)
}

/** The end of a statement that writes an image's row for the one row of `source`, whose `id` is the owner's. */
export function insertImage(image: NewImage, source: SQL): SQL {
  return sql`
    INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes, request_id, request_part)
    SELECT ${image.id}, id, ${image.title}, ${image.filename}, ${image.sha256}, ${image.format},
      ${image.width}::integer, ${image.height}::integer, ${image.bytes}::bigint,
      ${image.request?.id ?? null}::uuid, ${image.request?.part ?? null}::integer
    FROM ${source}
    RETURNING uploaded_at AS uploadedat`
}

/** An image as it is when its row has just been written. */
export function asCreated(image: Omit<NewImage, 'request'>, uploadedAt: string): Image {
  return {
    ...image,
    state: 'pending',
    failureCode: null,
    failureMessage: null,
    thumbhash: null,
    uploadedAt: new Date(uploadedAt),
  }
}

/** The images that came of an idempotent request, by the number of the part that each was sent in. */
export async function listImagesOfRequest({ db }: Database, requestId: string): Promise<Map<number, Image>> {
  const rows = await db
    .select({ part: images.requestPart, image: imageColumns })
    .from(images)
    .where(eq(images.requestId, requestId))
  return new Map(rows.map(({ part, image }) => [part ?? 0, image]))
}

/** An image of this owner with its renditions, or undefined: also where it is somebody else's or being deleted. */
export async function findImage(
  database: Database,
  ownerId: string,
  id: string,
): Promise<ImageWithRenditions | undefined> {
  return withRenditions(await selectImage(database).execute({ id, ownerId }))
}

const selectImage = prepareOnce((db) =>
  db
    .select({ image: imageColumns, rendition: renditions })
    .from(images)
    .leftJoin(renditions, eq(renditions.imageId, images.id))
    .where(
      and(
        eq(images.id, sql.placeholder('id')),
        eq(images.ownerId, sql.placeholder('ownerId')),
        ne(images.state, 'deleting'),
      ),
    )
    .orderBy(asc(renditions.name))
    .prepare('image'),
)

/** One image out of the rows of its join with its renditions. */
export function withRenditions<One>(
  rows: { image: One; rendition: typeof renditions.$inferSelect | null }[],
): { image: One; renditions: Rendition[] } | undefined {
  const first = rows[0]
  if (first === undefined) return undefined
  return {
    image: first.image,
    renditions: rows.flatMap(({ rendition }) => (rendition === null ? [] : [asRendition(rendition)])),
  }
}

/**
 * Gives an owner's image another title or file name.
 *
 * @returns the image as it is then, or undefined where the owner has none of this id.
 */
export async function renameImage(
  database: Database,
  image: { ownerId: string; id: string },
  names: { title?: string; filename?: string },
): Promise<ImageWithRenditions | undefined> {
  const renamed = await database.db
    .update(images)
    .set(names)
    .where(and(eq(images.id, image.id), eq(images.ownerId, image.ownerId), ne(images.state, 'deleting')))
    .returning({ id: images.id })
  return renamed.length === 0 ? undefined : findImage(database, image.ownerId, image.id)
}

/** What became of a rendition that somebody waits for. */
export type SettledRendition = { imageId: string; name: RenditionName } & (
  | Exclude<RenditionState, { outcome: 'pending' }>
  /** The image was deleted. */
  | { outcome: 'gone' }
)

/** Those of these renditions that nobody needs to wait for any longer, in one query for all. */
export async function listSettledRenditions(
  { db }: Database,
  pairs: { imageId: string; name: RenditionName }[],
): Promise<SettledRendition[]> {
  const ids = [...new Set(pairs.map(({ imageId }) => imageId))]
  const rows = await db
    .select({ id: images.id, failureCode: images.failureCode, rendition: renditions })
    .from(images)
    .leftJoin(renditions, eq(renditions.imageId, images.id))
    .where(and(inArray(images.id, ids), ne(images.state, 'deleting')))
  const byImage = Map.groupBy(rows, ({ id }) => id)
  return pairs.flatMap(({ imageId, name }): SettledRendition[] => {
    const found = byImage.get(imageId) ?? []
    const [image] = found
    if (image === undefined) return [{ imageId, name, outcome: 'gone' }]
    const row = found.find((one) => one.rendition?.name === name)?.rendition ?? undefined
    const state = stateOfRendition(image, row && asRendition(row))
    return state.outcome === 'pending' ? [] : [{ imageId, name, ...state }]
  })
}

/** Which of an owner's images. */
export interface ImageFilter {
  ownerId: string
  state?: Exclude<ImageState, 'deleting'> | undefined
  /** Text that title or filename contain, in any case. */
  text?: string | undefined
}

export interface ImageQuery extends ImageFilter {
  limit: number
  /** The id of the last image of the page before. */
  after?: string | undefined
  order: 'newest' | 'oldest'
}

/**
 * A page of an owner's images with their renditions, in two queries whatever
 * its size. Ids sort by upload time, so the id is the whole cursor.
 */
export async function listImages({ db }: Database, query: ImageQuery): Promise<ImageWithRenditions[]> {
  const page = await db
    .select(imageColumns)
    .from(images)
    .where(
      and(
        matches(query),
        query.after === undefined
          ? undefined
          : query.order === 'newest'
            ? lt(images.id, query.after)
            : gt(images.id, query.after),
      ),
    )
    .orderBy(query.order === 'newest' ? desc(images.id) : asc(images.id))
    .limit(query.limit)
  if (page.length === 0) return []
  const ids = page.map((image) => image.id)
  const rows = await db
    .select()
    .from(renditions)
    .where(inArray(renditions.imageId, ids))
    .orderBy(asc(renditions.name))
  const byImage = Map.groupBy(rows, (row) => row.imageId)
  return page.map((image) => ({ image, renditions: (byImage.get(image.id) ?? []).map(asRendition) }))
}

/** How many images all pages of a list have. It counts them one by one, so it is asked only by those who want it. */
export async function countImages({ db }: Database, filter: ImageFilter): Promise<number> {
  return db.$count(images, matches(filter))
}

function matches({ ownerId, state, text }: ImageFilter): SQL | undefined {
  return and(
    eq(images.ownerId, ownerId),
    state === undefined ? ne(images.state, 'deleting') : eq(images.state, state),
    text === undefined ? undefined : containsText(text, images.title, images.filename),
  )
}
