import type { DeliveryFailure, EventDetail, WebhookMessageType } from '@tintype/domain'
import type { Database } from './client.ts'
import { sql } from './orm.ts'

/** That a webhook `w` of a user `u` may be told anything now. */
const isOpen = sql`w.disabled_at IS NULL AND u.disabled_at IS NULL AND u.deleted_at IS NULL`

/**
 * Ids of webhooks that have something to be told now. It costs a step into an
 * index for each webhook that has anything waiting, however much that is.
 */
export async function listDueWebhooks({ db }: Database): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    WITH RECURSIVE waiting (id) AS (
      (SELECT webhook_id FROM webhook_deliveries WHERE state = 'pending' ORDER BY webhook_id LIMIT 1)
      UNION ALL
      SELECT (SELECT d.webhook_id FROM webhook_deliveries d
        WHERE d.state = 'pending' AND d.webhook_id > waiting.id ORDER BY d.webhook_id LIMIT 1)
      FROM waiting WHERE waiting.id IS NOT NULL
    )
    SELECT w.id FROM waiting JOIN webhooks w ON w.id = waiting.id JOIN users u ON u.id = w.user_id
    WHERE ${isOpen} AND EXISTS (SELECT FROM webhook_deliveries d
      WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= now())`)
  return rows.map(({ id }) => id)
}

/** A message whose attempt has begun. */
export interface ClaimedDelivery {
  id: string
  type: WebhookMessageType
  at: Date
  imageId: string | null
  detail: EventDetail
  /** The number of this attempt, from 1. */
  attempt: number
  url: string
  /** Encrypted; the present one, and the one before it while that signs too. */
  secrets: string[]
}

/**
 * Begins attempts at what a webhook is to be told now, the longest due first.
 * Each is counted; one that is not settled within `leaseSeconds` has died and is
 * due again.
 */
export async function claimDeliveries(
  { db }: Database,
  webhookId: string,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<ClaimedDelivery[]> {
  const rows = await db.execute<
    Omit<ClaimedDelivery, 'at' | 'imageId'> & { atms: number; imageid: string | null }
  >(sql`
    WITH due AS (
      SELECT d.id, w.url, CASE WHEN w.previous_secret_until > now()
        THEN ARRAY[w.secret, w.previous_secret] ELSE ARRAY[w.secret] END AS secrets
      FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN users u ON u.id = w.user_id
      WHERE d.webhook_id = ${webhookId} AND d.state = 'pending' AND d.next_attempt_at <= now() AND ${isOpen}
      ORDER BY d.next_attempt_at, d.id LIMIT ${limit} FOR NO KEY UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries d
    SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${leaseSeconds})
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.type, (extract(epoch FROM d.at) * 1000)::float8 AS atms, d.image_id AS imageid, d.detail,
      d.attempts AS attempt, due.url, due.secrets`)
  return rows.map(({ atms, imageid, ...row }) => ({ ...row, at: new Date(atms), imageId: imageid }))
}

/** What came of an attempt. */
export interface SettledAttempt extends Pick<ClaimedDelivery, 'id' | 'attempt'> {
  status: number | null
  failure: DeliveryFailure | null
  /** In how many seconds the next attempt is; or there is none. */
  next: number | 'delivered' | 'dead'
}

/** Writes down what came of attempts, but for those that died meanwhile and were begun again. */
export async function settleDeliveries({ db }: Database, attempts: SettledAttempt[]): Promise<void> {
  const settled = attempts.map(({ next, ...attempt }) => ({
    ...attempt,
    ...(typeof next === 'number' ? { state: 'pending', seconds: next } : { state: next, seconds: 0 }),
  }))
  await db.execute(sql`
    UPDATE webhook_deliveries d
    SET state = s.state, last_status = s.status, last_failure = s.failure,
      next_attempt_at = now() + make_interval(secs => s.seconds),
      ended_at = CASE WHEN s.state = 'pending' THEN NULL ELSE now() END
    FROM jsonb_to_recordset(${JSON.stringify(settled)}::jsonb)
      AS s (id uuid, attempt integer, status integer, failure text, state text, seconds float8)
    WHERE d.id = s.id AND d.state = 'pending' AND d.attempts = s.attempt`)
}

/** Records uses of links of owners whom a webhook tells of them, in one statement. */
export async function recordLinkUses({ db }: Database, linkIds: string[]): Promise<void> {
  await db.execute(sql`
    INSERT INTO events (owner_id, image_id, type, detail)
    SELECT i.owner_id, i.id, 'link.used', jsonb_build_object('linkId', l.id)
    FROM jsonb_array_elements_text(${JSON.stringify(linkIds)}::jsonb) AS used (id)
      JOIN links l ON l.id = used.id::uuid JOIN images i ON i.id = l.image_id`)
}

/**
 * Forgets at most `limit` messages that were delivered over 7 days ago, given
 * up over 30 days ago, or wait since then for a webhook to be enabled.
 */
export async function forgetOldDeliveries({ db }: Database, limit: number): Promise<number> {
  const gone = await db.execute(sql`
    DELETE FROM webhook_deliveries WHERE id IN (
      (SELECT id FROM webhook_deliveries WHERE state = 'delivered' AND ended_at < now() - interval '7 days'
        LIMIT ${limit})
      UNION ALL
      (SELECT id FROM webhook_deliveries WHERE state = 'dead' AND ended_at < now() - interval '30 days'
        LIMIT ${limit})
      UNION ALL
      (SELECT id FROM webhook_deliveries WHERE state = 'pending' AND next_attempt_at < now() - interval '30 days'
        LIMIT ${limit})
      LIMIT ${limit})`)
  return gone.count
}
