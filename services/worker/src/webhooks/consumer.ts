import type { BlockList } from 'node:net'
import type { Database } from '@tintype/database'
import { type Consumer, type ConsumerOptions, consumeWebhooks, type Producer } from '@tintype/jobs'
import { createAddressGuard, createSecretSealer, type Logger, type SecretKey } from '@tintype/service-kit'
import type { JobsInHand } from '../jobs-in-hand.ts'
import { type DeliverDependencies, deliverDue } from './deliver.ts'
import { relayWebhooks } from './relay.ts'
import { RETRY_AFTER_SECONDS } from './retries.ts'
import { createSender } from './send.ts'

/** Webhooks that are told something at once: they wait for their receivers. */
const CONCURRENCY = 32
/** For a whole exchange with a receiver. */
const TIMEOUT_MS = 10_000

/** Connections to PostgreSQL that they need: their queries are short and few. */
export const WEBHOOK_CONNECTIONS = 4

export interface WebhookConsumerOptions {
  database: Database
  producer: Producer
  redis: ConsumerOptions['redis']
  encryptionKeys: readonly [SecretKey, ...SecretKey[]]
  /** Networks that are let through though they are not the internet's. */
  allowNetworks: BlockList | undefined
  inHand: Pick<JobsInHand, 'run'>
  /** After it, jobs end with what they have in hand. */
  stopping: AbortSignal
  log: Logger
  observe: DeliverDependencies['observe']
}

/** Takes the jobs of the webhooks' queue. */
export function consumeWebhookJobs(options: WebhookConsumerOptions): Consumer {
  const { database, producer, redis, inHand, stopping, log, observe } = options
  const dependencies: DeliverDependencies = {
    ...{ database, log, observe },
    sealer: createSecretSealer(options.encryptionKeys),
    send: createSender({ guard: createAddressGuard(options.allowNetworks), timeoutMs: TIMEOUT_MS }),
    waitsSeconds: RETRY_AFTER_SECONDS,
  }
  return consumeWebhooks(
    (job) =>
      inHand.run(() =>
        job.kind === 'relay'
          ? relayWebhooks({ database, producer, log })
          : deliverDue(dependencies, job.webhookId, stopping),
      ),
    { redis, concurrency: CONCURRENCY, log },
  )
}
