import type { EventDetail, EventType } from '@tintype/domain'
import type { Database } from './client.ts'
import { sql } from './orm.ts'

/**
 * A place in the order of events: behind the event of this transaction and id.
 * An id of 0 is no event's: all that came before the transaction is behind it.
 */
export interface EventPosition {
  transaction: bigint
  id: number
}

export interface RecordedEvent extends EventPosition {
  at: Date
  ownerId: string
  imageId: string
  type: EventType
  detail: EventDetail
}

export interface EventPage {
  events: RecordedEvent[]
  /** Where to read on. */
  next: EventPosition
  /** Whether there may be more at once. */
  isFull: boolean
  /** Whether there is more that a transaction which still runs keeps back. */
  isHeldBack: boolean
  /** Whether some after `after` were forgotten, or it is no place in this database's history. There are no events then. */
  isBroken: boolean
}

/** The order of events. */
export function compareEventPositions(a: EventPosition, b: EventPosition): number {
  return a.transaction < b.transaction ? -1 : a.transaction > b.transaction ? 1 : a.id - b.id
}

/**
 * All that is committed and can be told in order. Numbers of transactions and of
 * rows are given before a commit, so a lower one may appear after a higher one:
 * but not below the oldest transaction that still runs.
 */
const oldestRunning = sql`pg_snapshot_xmin(pg_current_snapshot())`
/** No transaction of this server's has had it yet. One that has is of another server, which the rows came from. */
const nextTransaction = sql`pg_snapshot_xmax(pg_current_snapshot())`

/** The place behind all events that there are, but those that are still being committed. */
export async function findEventPosition({ db }: Database): Promise<EventPosition> {
  const [row] = await db.execute<{ transaction: string }>(sql`SELECT ${oldestRunning}::text AS transaction`)
  if (row === undefined) throw new Error('PostgreSQL returned no row')
  return { transaction: BigInt(row.transaction), id: 0 }
}

/**
 * What happened to images after a place, in order and in one query: none is
 * missed however late it was committed, and none comes twice to who reads on
 * from `next`.
 *
 * @param query.ownerIds whose images; everybody's unless told.
 */
export async function listEvents(
  { db }: Database,
  { after, ownerIds, limit }: { after: EventPosition; ownerIds?: string[] | undefined; limit: number },
): Promise<EventPage> {
  const asked = sql`e.type LIKE 'image.%' ${ownedBy(ownerIds)}`
  const transaction = sql`${String(after.transaction)}::xid8`
  const rows = await db.execute<{
    oldest: string
    broken: boolean
    held: boolean
    id: string | null
    transaction: string
    at: number
    owner: string
    image: string
    type: EventType
    detail: EventDetail
  }>(sql`
    SELECT place.*, e.id, e.transaction::text, extract(epoch FROM e.at)::float8 * 1000 AS at,
      e.owner_id AS owner, e.image_id AS image, e.type, e.detail
    FROM (
      SELECT ${oldestRunning}::text AS oldest,
        -- What another server had forgotten, before the database was restored on this one, says nothing here.
        (SELECT (${transaction} <= events_forgotten_to AND events_forgotten_to < ${nextTransaction})
          OR ${transaction} > ${nextTransaction} FROM installation) AS broken,
        EXISTS (SELECT FROM events e WHERE e.transaction >= ${oldestRunning} AND e.transaction < ${nextTransaction}
          AND ${asked}) AS held
    ) AS place
    LEFT JOIN LATERAL (
      SELECT * FROM events e
      WHERE (e.transaction, e.id) > (${transaction}, ${after.id}::bigint) AND e.transaction < ${oldestRunning}
        AND ${asked} AND NOT place.broken
      ORDER BY e.transaction, e.id LIMIT ${limit}
    ) AS e ON true
    ORDER BY e.transaction, e.id`)
  const [place] = rows
  if (place === undefined) throw new Error('PostgreSQL returned no row')
  const found = rows.filter(({ id }) => id !== null)
  const events = found.map((row) => ({
    id: Number(row.id),
    transaction: BigInt(row.transaction),
    at: new Date(row.at),
    ownerId: row.owner,
    imageId: row.image,
    type: row.type,
    detail: row.detail,
  }))
  const last = events.at(-1)
  const isFull = events.length === limit
  const next =
    isFull && last !== undefined
      ? { transaction: last.transaction, id: last.id }
      : { transaction: BigInt(place.oldest), id: 0 }
  return { events, next, isFull, isHeldBack: place.held, isBroken: place.broken }
}

function ownedBy(ownerIds: string[] | undefined) {
  if (ownerIds === undefined) return sql``
  // Of one owner an index has them in order.
  return ownerIds.length === 1
    ? sql`AND e.owner_id = ${ownerIds[0]}::uuid`
    : sql`AND e.owner_id = ANY (${sql.param(ownerIds)}::uuid[])`
}

/**
 * Forgets the oldest events, of those that are `days` old, at most `limit`; and
 * where the database was restored on another server, those that no reader of
 * this one would ever come to.
 *
 * @returns how many.
 */
export async function forgetOldEvents(
  { db }: Database,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    WITH oldest AS (
      SELECT id FROM (SELECT id, at FROM events ORDER BY transaction, id LIMIT ${limit}) AS first
      WHERE at < now() - make_interval(days => ${days})
    ), foreign_ones AS (
      SELECT id FROM events WHERE transaction >= ${nextTransaction} ORDER BY transaction, id LIMIT ${limit}
    ), gone AS (
      DELETE FROM events WHERE id IN (SELECT id FROM oldest UNION SELECT id FROM foreign_ones)
      RETURNING transaction
    ), noted AS (
      UPDATE installation SET events_forgotten_to = greatest(
        CASE WHEN events_forgotten_to < ${nextTransaction} THEN events_forgotten_to ELSE '0' END,
        (SELECT transaction FROM gone WHERE transaction < ${nextTransaction} ORDER BY transaction DESC LIMIT 1))
      WHERE EXISTS (SELECT FROM gone)
    )
    SELECT count(*)::integer AS count FROM gone`)
  return row?.count ?? 0
}
