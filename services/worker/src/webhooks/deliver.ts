import {
  type ClaimedDelivery,
  claimDeliveries,
  type Database,
  disableWebhook,
  type SettledAttempt,
  settleDeliveries,
} from '@tintype/database'
import type { Logger, SecretSealer } from '@tintype/service-kit'
import { bodyOf } from './message.ts'
import { parseRetryAfter, secondsUntilRetry } from './retries.ts'
import type { Send } from './send.ts'
import { signMessage } from './sign.ts'

/** Messages to one webhook at a time: a slow receiver holds no more. */
const AT_ONCE = 8
/** After this long the other webhooks that wait have their turn; the relay finds what is left. */
const TURN_MS = 5000
/** Longer than an attempt can take. */
const LEASE_SECONDS = 60

const GONE = 410
/** Those whose `Retry-After` says when to come again. */
const BUSY = [429, 503]

export interface DeliverDependencies {
  database: Database
  sealer: SecretSealer
  send: Send
  /** How long to wait after each failed attempt. */
  waitsSeconds: readonly number[]
  log: Logger
  /** Told of each attempt that ended. */
  observe: (outcome: AttemptOutcome) => void
}

/** `failed` is tried again, `dead` is not. */
export type AttemptOutcome = 'delivered' | 'failed' | 'dead'

/**
 * Tells a webhook what it is to be told now. A message is told at least once: one
 * whose attempt dies before it is written down is told again, under the same id.
 */
export async function deliverDue(
  dependencies: DeliverDependencies,
  webhookId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { database, log, observe } = dependencies
  const endsAt = performance.now() + TURN_MS
  for (let full = true; full && signal?.aborted !== true && performance.now() < endsAt; ) {
    const claimed = await claimDeliveries(database, webhookId, {
      limit: AT_ONCE,
      leaseSeconds: LEASE_SECONDS,
    })
    full = claimed.length === AT_ONCE
    if (claimed.length === 0) return
    const attempts = await Promise.all(claimed.map((delivery) => attempt(dependencies, webhookId, delivery)))
    await settleDeliveries(database, attempts)
    for (const { id, status, failure, attempt, next } of attempts) {
      const outcome = typeof next === 'number' ? 'failed' : next
      observe(outcome)
      log[outcome === 'dead' ? 'info' : 'debug'](
        { webhookId, id, attempt, status, failure },
        `webhook ${outcome}`,
      )
    }
    if (attempts.some(({ status }) => status === GONE)) {
      await disableWebhook(database, webhookId)
      log.info({ webhookId }, 'a receiver wants to be told no more')
      return
    }
  }
}

async function attempt(
  { sealer, send, waitsSeconds, log }: DeliverDependencies,
  webhookId: string,
  delivery: ClaimedDelivery,
): Promise<SettledAttempt> {
  const { id, attempt } = delivery
  const retry = (askedSeconds?: number) => secondsUntilRetry(waitsSeconds, attempt, askedSeconds) ?? 'dead'
  let secrets: string[]
  try {
    secrets = delivery.secrets.map((sealed) => sealer.open(sealed, webhookId))
  } catch (error) {
    log.error({ err: error, webhookId }, 'the secret of a webhook cannot be read: WEBHOOK_ENCRYPTION_KEYS')
    return { id, attempt, status: null, failure: 'secret-unreadable', next: retry() }
  }
  const body = bodyOf(delivery)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const sent = await send({
    url: delivery.url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Tintype-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signMessage({ id, timestamp, body }, secrets),
    },
  })
  if (sent.outcome === 'failed') return { id, attempt, status: null, failure: sent.failure, next: retry() }
  const { status } = sent
  const answered = { id, attempt, status, failure: null }
  if (status >= 200 && status < 300) return { ...answered, next: 'delivered' }
  if (status === GONE) return { ...answered, next: 'dead' }
  return { ...answered, next: retry(BUSY.includes(status) ? parseRetryAfter(sent.retryAfter) : undefined) }
}
