import { type DeliveryFailure, type DeliveryState, uuidv7, type WebhookMessageType } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, desc, eq, lt, sql } from './orm.ts'
import { webhookDeliveries as deliveries, webhooks } from './schema.ts'
import type { OwnWebhook } from './webhooks.ts'

/** A message to one webhook, as its owner sees it. */
export interface WebhookDelivery {
  /** The message's, as its receiver sees it. */
  id: string
  type: WebhookMessageType
  imageId: string | null
  state: DeliveryState
  attempts: number
  nextAttemptAt: Date
  /** What the last attempt was answered with, or why it was not. */
  lastStatus: number | null
  lastFailure: DeliveryFailure | null
  createdAt: Date
  /** When it was delivered or given up. */
  endedAt: Date | null
}

const columns = {
  id: deliveries.id,
  type: deliveries.type,
  imageId: deliveries.imageId,
  state: deliveries.state,
  attempts: deliveries.attempts,
  nextAttemptAt: deliveries.nextAttemptAt,
  lastStatus: deliveries.lastStatus,
  lastFailure: deliveries.lastFailure,
  createdAt: deliveries.createdAt,
  endedAt: deliveries.endedAt,
}

const ofOwn = ({ userId, webhookId }: OwnWebhook) =>
  sql`${deliveries.webhookId} = (SELECT id FROM webhooks WHERE id = ${webhookId} AND user_id = ${userId})`

export interface DeliveryQuery {
  state?: DeliveryState | undefined
  limit: number
  /** The id of the last delivery of the page before. */
  after?: string | undefined
}

/** A page of a webhook's deliveries, newest first, in one query; undefined where the user has no such webhook. */
export async function listDeliveries(
  { db }: Database,
  { userId, webhookId }: OwnWebhook,
  { state, limit, after }: DeliveryQuery,
): Promise<WebhookDelivery[] | undefined> {
  const rows = await db
    .select({ delivery: columns })
    .from(webhooks)
    // An outer join, so that a webhook without deliveries is told from one that is not there.
    .leftJoin(
      deliveries,
      and(
        eq(deliveries.webhookId, webhooks.id),
        state === undefined ? undefined : eq(deliveries.state, state),
        after === undefined ? undefined : lt(deliveries.id, after),
      ),
    )
    .where(and(eq(webhooks.id, webhookId), eq(webhooks.userId, userId)))
    .orderBy(desc(deliveries.id))
    .limit(limit)
  if (rows.length === 0) return undefined
  return rows.flatMap(({ delivery }) => (delivery === null ? [] : [delivery]))
}

/** To be delivered now, with all its attempts before it. */
const AFRESH = { state: 'pending', attempts: 0, nextAttemptAt: sql`now()`, endedAt: null } as const

/** Has a message delivered once more, whatever became of it. @returns undefined where there is none. */
export async function replayDelivery(
  { db }: Database,
  named: OwnWebhook,
  deliveryId: string,
): Promise<WebhookDelivery | undefined> {
  const [delivery] = await db
    .update(deliveries)
    .set(AFRESH)
    .where(and(eq(deliveries.id, deliveryId), ofOwn(named)))
    .returning(columns)
  return delivery
}

/**
 * Has messages that were given up delivered once more, the oldest `limit` of
 * those that were recorded in a span of time.
 *
 * @returns how many; undefined where the user has no such webhook.
 */
export async function replayDeadDeliveries(
  { db }: Database,
  { userId, webhookId }: OwnWebhook,
  { from, to, limit }: { from?: Date | undefined; to?: Date | undefined; limit: number },
): Promise<number | undefined> {
  const [row] = await db.execute<{ found: boolean; replayed: number }>(sql`
    WITH webhook AS (
      SELECT id FROM webhooks WHERE id = ${webhookId} AND user_id = ${userId}
    ), dead AS (
      SELECT d.id FROM webhook_deliveries d JOIN webhook ON webhook.id = d.webhook_id
      WHERE d.state = 'dead' AND d.created_at >= ${from?.toISOString() ?? '-infinity'}::timestamptz
        AND d.created_at <= ${to?.toISOString() ?? 'infinity'}::timestamptz
      ORDER BY d.id LIMIT ${limit} FOR NO KEY UPDATE OF d
    ), replayed AS (
      UPDATE webhook_deliveries d SET state = 'pending', attempts = 0, next_attempt_at = now(), ended_at = NULL
      FROM dead WHERE d.id = dead.id RETURNING d.id
    )
    SELECT EXISTS (SELECT FROM webhook) AS found, (SELECT count(*) FROM replayed)::integer AS replayed`)
  return row?.found === true ? row.replayed : undefined
}

export type TestOutcome =
  | { outcome: 'queued'; delivery: WebhookDelivery }
  | { outcome: 'disabled' }
  | { outcome: 'not-found' }

/** Has a webhook told something that did not happen, so that its owner sees whether it works. */
export async function queueTestDelivery({ db }: Database, named: OwnWebhook): Promise<TestOutcome> {
  return db.transaction(async (tx): Promise<TestOutcome> => {
    const [webhook] = await tx
      .select({ disabledAt: webhooks.disabledAt })
      .from(webhooks)
      .where(and(eq(webhooks.id, named.webhookId), eq(webhooks.userId, named.userId)))
      .for('key share')
    if (webhook === undefined) return { outcome: 'not-found' }
    if (webhook.disabledAt !== null) return { outcome: 'disabled' }
    const [delivery] = await tx
      .insert(deliveries)
      .values({ id: uuidv7(), webhookId: named.webhookId, type: 'webhook.test' })
      .returning(columns)
    if (delivery === undefined) throw new Error('PostgreSQL returned no row')
    return { outcome: 'queued', delivery }
  })
}
