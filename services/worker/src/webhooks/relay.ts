import { type Database, isDatabaseUnavailable, listDueWebhooks } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'

/** Jobs enqueued in one exchange with Redis. */
const BATCH = 500

/**
 * Enqueues the webhooks that have something to be told now: what was committed
 * since the last time, what is to be tried again, and what somebody died over.
 * One whose job waits still gets no second one.
 */
export async function relayWebhooks({
  database,
  producer,
  log,
}: {
  database: Database
  producer: Pick<Producer, 'enqueueWebhooks'>
  log: Pick<Logger, 'debug'>
}): Promise<void> {
  let due: string[]
  try {
    due = await listDueWebhooks(database)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    // It comes again every second.
    log.debug({ err: error }, 'PostgreSQL could not be asked what webhooks are to be told')
    return
  }
  for (let start = 0; start < due.length; start += BATCH) {
    await producer.enqueueWebhooks(due.slice(start, start + BATCH))
  }
}
