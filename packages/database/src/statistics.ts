import type { FailureCode } from '@tintype/domain'
import type { Database } from './client.ts'
import { isNull, sql } from './orm.ts'
import { directUploads } from './schema.ts'

export interface Statistics {
  users: { total: number; disabled: number; admins: number }
  /** What all users hold, as their quotas count it. */
  bytes: number
  images: { pending: number; ready: number; failed: number; deleting: number }
  /** Of those that failed, how many for which reason, the most frequent first. */
  failures: { code: FailureCode; images: number }[]
  uploads: {
    /** Announced and under way: quotas count each as an image already. */
    open: number
    /** Pictures that arrived in the last hour and the last day, and have not been deleted since. */
    lastHour: number
    lastDay: number
  }
  renditions: { ready: number; wanted: number; failed: number }
  /** Since when the oldest pending image waits, in seconds; 0 where none does. */
  oldestPendingSeconds: number
  /** Whether the numbers of ready images and renditions are PostgreSQL's estimates. */
  estimated: boolean
}

/** Above so many rows what is ready is not counted, but what PostgreSQL's planner last knew is taken. */
const COUNTED_ROWS = 1_000_000

/**
 * How much there is of everything. What is unfinished or failed is counted
 * through the indexes that hold nothing else, so it costs the same however many
 * pictures are ready.
 */
export async function getStatistics({ db }: Database): Promise<Statistics> {
  const [people] = await db.execute<{ total: number; disabled: number; admins: number; bytes: number }>(sql`
    SELECT count(*)::integer AS total, (count(*) FILTER (WHERE disabled_at IS NOT NULL))::integer AS disabled,
      (count(*) FILTER (WHERE role = 'admin' AND disabled_at IS NULL))::integer AS admins,
      coalesce(sum(used_bytes), 0)::float8 AS bytes
    FROM users WHERE deleted_at IS NULL`)
  const open = await db.$count(directUploads, isNull(directUploads.completedAt))
  const [pictures] = await db.execute<Statistics['images'] & { oldest: number; estimate: number }>(sql`
    WITH size AS (SELECT reltuples::float8 AS estimate FROM pg_class WHERE oid = 'images'::regclass),
    unfinished AS (
      SELECT (count(*) FILTER (WHERE state = 'pending'))::integer AS pending,
        (count(*) FILTER (WHERE state = 'deleting'))::integer AS deleting,
        coalesce(extract(epoch FROM now() - min(uploaded_at) FILTER (WHERE state = 'pending')), 0)::float8 AS oldest
      FROM images WHERE state IN ('pending', 'deleting')
    ),
    failed AS (SELECT count(*)::integer AS failed FROM images WHERE state = 'failed')
    SELECT unfinished.*, failed.failed, size.estimate,
      CASE WHEN size.estimate > ${COUNTED_ROWS}
        THEN greatest(size.estimate - pending - deleting - failed, 0)
        ELSE (SELECT count(*) FROM images WHERE state = 'ready') END::float8 AS ready
    FROM size, unfinished, failed`)
  const [derived] = await db.execute<Statistics['renditions'] & { estimate: number }>(sql`
    WITH size AS (SELECT reltuples::float8 AS estimate FROM pg_class WHERE oid = 'renditions'::regclass),
    wanted AS (SELECT count(*)::integer AS wanted FROM renditions WHERE object_key IS NULL AND failure_code IS NULL),
    failed AS (SELECT count(*)::integer AS failed FROM renditions WHERE failure_code IS NOT NULL)
    SELECT wanted.wanted, failed.failed, size.estimate,
      CASE WHEN size.estimate > ${COUNTED_ROWS} THEN greatest(size.estimate - wanted - failed, 0)
        ELSE (SELECT count(*) FROM renditions WHERE object_key IS NOT NULL) END::float8 AS ready
    FROM size, wanted, failed`)
  const failures = await db.execute<Statistics['failures'][number]>(sql`
    SELECT failure_code AS code, count(*)::integer AS images FROM images
    WHERE state = 'failed' AND failure_code IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`)
  // Ids begin with the milliseconds of their making (RFC 9562 §5.7), so the primary key has pictures by
  // age; those of an upload that took long are somewhat older than it.
  const [arrived] = await db.execute<Omit<Statistics['uploads'], 'open'>>(sql`
    WITH first AS (
      SELECT (lpad(to_hex((extract(epoch FROM now() - interval '25 hours') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid AS id
    )
    SELECT count(*)::integer AS "lastDay",
      (count(*) FILTER (WHERE uploaded_at > now() - interval '1 hour'))::integer AS "lastHour"
    FROM images WHERE id >= (SELECT id FROM first) AND uploaded_at > now() - interval '1 day'`)
  if (arrived === undefined || people === undefined || pictures === undefined || derived === undefined) {
    throw new Error('an aggregate had no row')
  }
  const { bytes, ...counts } = people
  const { oldest, estimate, pending, ready, failed, deleting } = pictures
  return {
    users: counts,
    bytes,
    images: { pending, ready, failed, deleting },
    failures: [...failures],
    uploads: { open, ...arrived },
    renditions: { ready: derived.ready, wanted: derived.wanted, failed: derived.failed },
    oldestPendingSeconds: oldest,
    estimated: Math.max(estimate, derived.estimate) > COUNTED_ROWS,
  }
}
