import type { EventType } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, desc, eq, sql } from './orm.ts'
import { users, webhooks } from './schema.ts'
import { isActive } from './users.ts'

/** Whom an owner's events are told. Its secret is read by the verbs that deliver alone. */
export interface Webhook {
  id: string
  url: string
  types: EventType[]
  description: string
  createdAt: Date
  disabledAt: Date | null
}

const columns = {
  id: webhooks.id,
  url: webhooks.url,
  types: webhooks.types,
  description: webhooks.description,
  createdAt: webhooks.createdAt,
  disabledAt: webhooks.disabledAt,
}

export interface NewWebhook {
  id: string
  userId: string
  url: string
  types: EventType[]
  description: string
  /** Encrypted. */
  secret: string
}

export type WebhookOutcome =
  | { outcome: 'created'; webhook: Webhook }
  | { outcome: 'too-many' }
  /** The demo user's pictures are anybody's: whoever signed in last would be told of everybody else's. */
  | { outcome: 'demo-user' }
  /** Disabled or deleted since the request was let in. */
  | { outcome: 'user-gone' }

/** Keeps a webhook, unless its user has `max` already, disabled ones included. */
export async function createWebhook(
  { db }: Database,
  fields: NewWebhook,
  max: number,
): Promise<WebhookOutcome> {
  return db.transaction(async (tx): Promise<WebhookOutcome> => {
    // Those of one user are made one after the other, or two at once would both find room for one.
    const [owner] = await tx
      .select({ isDemo: users.isDemo })
      .from(users)
      .where(and(eq(users.id, fields.userId), isActive))
      .for('no key update')
    if (owner === undefined) return { outcome: 'user-gone' }
    if (owner.isDemo) return { outcome: 'demo-user' }
    if ((await tx.$count(webhooks, eq(webhooks.userId, fields.userId))) >= max) return { outcome: 'too-many' }
    const [webhook] = await tx.insert(webhooks).values(fields).returning(columns)
    if (webhook === undefined) throw new Error('PostgreSQL returned no row')
    return { outcome: 'created', webhook }
  })
}

/** A user's webhooks, newest first. */
export async function listWebhooks({ db }: Database, userId: string): Promise<Webhook[]> {
  return db.select(columns).from(webhooks).where(eq(webhooks.userId, userId)).orderBy(desc(webhooks.id))
}

/** A webhook as its owner names it: anybody else's is not found. */
export interface OwnWebhook {
  userId: string
  webhookId: string
}

const own = ({ userId, webhookId }: OwnWebhook) =>
  and(eq(webhooks.id, webhookId), eq(webhooks.userId, userId))

export async function findWebhook({ db }: Database, named: OwnWebhook): Promise<Webhook | undefined> {
  const [webhook] = await db.select(columns).from(webhooks).where(own(named))
  return webhook
}

export interface WebhookChanges {
  url?: string | undefined
  types?: EventType[] | undefined
  description?: string | undefined
  /** While it is disabled nothing is recorded for it, and what waits goes on waiting. */
  enabled?: boolean | undefined
}

/** @returns it as it is now; undefined where the user has no such webhook. */
export async function updateWebhook(
  { db }: Database,
  named: OwnWebhook,
  { enabled, ...fields }: WebhookChanges,
): Promise<Webhook | undefined> {
  const [webhook] = await db
    .update(webhooks)
    .set({
      ...fields,
      // Also keeps the statement from having nothing to set.
      disabledAt:
        enabled === undefined
          ? sql`${webhooks.disabledAt}`
          : enabled
            ? null
            : sql`coalesce(${webhooks.disabledAt}, now())`,
    })
    .where(own(named))
    .returning(columns)
  return webhook
}

/** Ends a webhook with all that was still to be delivered. @returns whether there was one. */
export async function deleteWebhook({ db }: Database, named: OwnWebhook): Promise<boolean> {
  const gone = await db.delete(webhooks).where(own(named)).returning({ id: webhooks.id })
  return gone.length === 1
}

/**
 * Signs with another secret from now on, and with the one it replaces for
 * `overlapSeconds` more. One that was replaced before that ends at once.
 *
 * @param secret encrypted.
 * @returns when the replaced one ends; undefined where the user has no such webhook.
 */
export async function rotateWebhookSecret(
  { db }: Database,
  named: OwnWebhook,
  { secret, overlapSeconds }: { secret: string; overlapSeconds: number },
): Promise<Date | undefined> {
  const [row] = await db
    .update(webhooks)
    .set({
      secret,
      previousSecret: sql`${webhooks.secret}`,
      previousSecretUntil: sql`now() + make_interval(secs => ${overlapSeconds})`,
    })
    .where(own(named))
    .returning({ until: webhooks.previousSecretUntil })
  return row?.until ?? undefined
}

/** Has a webhook be told nothing more, as its receiver wants. */
export async function disableWebhook({ db }: Database, id: string): Promise<void> {
  await db
    .update(webhooks)
    .set({ disabledAt: sql`coalesce(${webhooks.disabledAt}, now())` })
    .where(eq(webhooks.id, id))
}
