import type { Database } from './client.ts'
import { type SQL, sql } from './orm.ts'

/** What counts against a quota. */
export interface Usage {
  bytes: number
  images: number
}

/** What the rows of a user `u` come to: pictures that are there, and room that is reserved for uploads to come. */
const counted = sql`(
  SELECT coalesce(sum(bytes), 0)::bigint AS bytes, count(*)::integer AS images FROM (
    SELECT bytes FROM images WHERE owner_id = u.id AND state <> 'deleting'
    UNION ALL
    SELECT bytes FROM direct_uploads WHERE owner_id = u.id AND completed_at IS NULL
  ) AS held
)`

/** Pictures whose bytes are added up in one statement; of one user it may be more. */
const MAX_ADDED_UP = 200_000

/**
 * Compares what is kept of some users' usage with what their rows come to, in
 * one statement: what changes the one changes the other in its transaction, so
 * a difference is one, and none is due to an upload under way.
 *
 * @param after the `last` of the page before.
 * @returns `last`: undefined where there are no more users.
 */
export async function findUsageDrift(
  { db }: Database,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<{ last: string | undefined; drifted: string[] }> {
  const from: SQL = after === undefined ? sql`` : sql`WHERE id > ${after}`
  const rows = await db.execute<{ id: string; drifted: boolean }>(sql`
    SELECT u.id, (u.used_bytes, u.used_images) IS DISTINCT FROM (c.bytes, c.images) AS drifted
    FROM (
      SELECT id, used_bytes, used_images, sum(used_images) OVER (ORDER BY id) - used_images AS before
      FROM users ${from} ORDER BY id LIMIT ${limit}
    ) AS u CROSS JOIN LATERAL ${counted} AS c
    WHERE u.before < ${MAX_ADDED_UP}
    ORDER BY u.id`)
  return { last: rows.at(-1)?.id, drifted: rows.filter(({ drifted }) => drifted).map(({ id }) => id) }
}

/**
 * Makes what is kept of a user's usage what their rows come to. The user is
 * locked first, as by all that changes it, and the rows are read after that: in
 * one statement they would be read as they were before the wait.
 *
 * @returns what it was and is; undefined where it was right.
 */
export async function mendUsage(
  { db }: Database,
  userId: string,
): Promise<{ before: Usage; after: Usage } | undefined> {
  return db.transaction(async (tx) => {
    const [before] = await tx.execute<Record<keyof Usage, number>>(sql`
      SELECT used_bytes::float8 AS bytes, used_images AS images FROM users
      WHERE id = ${userId} FOR NO KEY UPDATE`)
    const [after] = await tx.execute<Record<keyof Usage, number>>(sql`
      UPDATE users SET used_bytes = c.bytes, used_images = c.images
      FROM users u CROSS JOIN LATERAL ${counted} AS c
      WHERE u.id = ${userId} AND users.id = u.id
        AND (u.used_bytes, u.used_images) IS DISTINCT FROM (c.bytes, c.images)
      RETURNING c.bytes::float8 AS bytes, c.images`)
    return before === undefined || after === undefined ? undefined : { before, after }
  })
}

/** Ids of images that have an original in the store, in their order: a page, or those of some. */
export async function listIdsWithOriginal(
  { db }: Database,
  which: { after: string | undefined; limit: number } | { ids: string[] },
): Promise<string[]> {
  const chosen =
    'ids' in which
      ? sql`AND id = ANY (${sql.param(which.ids)}::uuid[]) ORDER BY id`
      : sql`${which.after === undefined ? sql`` : sql`AND id > ${which.after}`} ORDER BY id LIMIT ${which.limit}`
  const rows = await db.execute<{ id: string }>(
    sql`SELECT id FROM images WHERE state IN ('pending', 'ready') ${chosen}`,
  )
  return rows.map(({ id }) => id)
}
