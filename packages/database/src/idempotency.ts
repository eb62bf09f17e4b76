import { uuidv7 } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, eq, isNull, sql } from './orm.ts'
import { idempotentRequests } from './schema.ts'

/** How long a key is known. */
const KEPT = sql`interval '24 hours'`

/** An answer as it was given, and the hash of the body that it was given to. */
export interface GivenAnswer {
  bodySha256: string
  statusCode: number
  answer: unknown
}

export type RequestClaim =
  /** Nobody else is at it. `isRetry`: somebody was, and images of theirs may be there. */
  | { outcome: 'claimed'; id: string; isRetry: boolean }
  | { outcome: 'in-flight' }
  | ({ outcome: 'answered' } & GivenAnswer)

/**
 * Takes a request on by the key that its sender gave it, for `leaseSeconds` at
 * first. One whose lease has ended without an answer is taken over under the
 * same id.
 */
export async function claimRequest(
  { db }: Database,
  request: { userId: string; key: string; leaseSeconds: number },
): Promise<RequestClaim> {
  const lease = sql`now() + make_interval(secs => ${request.leaseSeconds})`
  const isOld = sql`r.created_at <= now() - ${KEPT}`
  const [claimed] = await db.execute<{ id: string; isretry: boolean }>(sql`
    INSERT INTO idempotent_requests AS r (id, user_id, key, leased_until)
    VALUES (${uuidv7()}, ${request.userId}, ${request.key}, ${lease})
    ON CONFLICT (user_id, key) DO UPDATE SET
      leased_until = ${lease},
      id = CASE WHEN ${isOld} THEN excluded.id ELSE r.id END,
      created_at = CASE WHEN ${isOld} THEN now() ELSE r.created_at END,
      body_sha256 = NULL, status_code = NULL, answer = NULL
    WHERE r.leased_until <= now() AND (r.answer IS NULL OR ${isOld})
    RETURNING id, xmax <> 0 AND created_at <> now() AS isretry`)
  if (claimed !== undefined) return { outcome: 'claimed', id: claimed.id, isRetry: claimed.isretry }
  const [found] = await db
    .select()
    .from(idempotentRequests)
    .where(and(eq(idempotentRequests.userId, request.userId), eq(idempotentRequests.key, request.key)))
  const { bodySha256 = null, statusCode = null, answer } = found ?? {}
  // Forgotten in this moment, it is as good as under way: the sender tries again.
  if (bodySha256 === null || statusCode === null) return { outcome: 'in-flight' }
  return { outcome: 'answered', bodySha256, statusCode, answer }
}

/** Keeps a request from being taken over for `leaseSeconds` from now. */
export async function renewRequest({ db }: Database, id: string, leaseSeconds: number): Promise<void> {
  await db
    .update(idempotentRequests)
    .set({ leasedUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(and(eq(idempotentRequests.id, id), isNull(idempotentRequests.answer)))
}

/** Keeps the answer of a request, for all who ask the same again. */
export async function answerRequest({ db }: Database, id: string, given: GivenAnswer): Promise<void> {
  await db
    .update(idempotentRequests)
    .set({ ...given, leasedUntil: sql`now()` })
    .where(and(eq(idempotentRequests.id, id), isNull(idempotentRequests.answer)))
}

/** Gives a request up without an answer: its key is free at once, but for what images came of it. */
export async function abandonRequest({ db }: Database, id: string): Promise<void> {
  await db.execute(sql`
    WITH kept AS (
      UPDATE idempotent_requests SET leased_until = now()
      WHERE id = ${id} AND answer IS NULL AND EXISTS (SELECT FROM images WHERE request_id = ${id})
      RETURNING id
    )
    DELETE FROM idempotent_requests
    WHERE id = ${id} AND answer IS NULL AND NOT EXISTS (SELECT FROM kept)`)
}

/** Forgets requests that are over a day old. */
export async function forgetOldRequests({ db }: Database): Promise<number> {
  const gone = await db.execute(sql`
    DELETE FROM idempotent_requests WHERE created_at <= now() - ${KEPT} AND leased_until <= now()`)
  return gone.count
}
