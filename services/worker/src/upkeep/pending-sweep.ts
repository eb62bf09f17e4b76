import { claimStalledImages, type Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'

/**
 * While more jobs than this wait, no more are added: the queue has work for
 * minutes, and most of what makes no progress waits in it. One that was emptied
 * has none waiting.
 */
export const ENOUGH_WAITING_JOBS = 5000

export interface PendingSweepOptions {
  /** How long an image must have made no progress; at least 1. */
  idleSeconds: number
  /** Images claimed at a time. */
  batch: number
  signal?: AbortSignal
}

export interface PendingSweepDependencies {
  database: Database
  producer: Pick<Producer, 'enqueueRenditions' | 'countJobs'>
  log: Pick<Logger, 'debug'>
}

/**
 * Enqueues images whose job was never added or is lost: Redis was away, was
 * emptied, or gave the job up. One whose job still waits gets no second one. A
 * queue in which 5000 jobs wait is left alone; the turn after that goes on.
 *
 * @throws QueueUnavailable; what it claimed and did not enqueue is claimed again after `idleSeconds`.
 */
export async function sweepPending(
  { database, producer, log }: PendingSweepDependencies,
  { idleSeconds, batch, signal }: PendingSweepOptions,
): Promise<{ enqueued: number }> {
  let enqueued = 0
  while (signal?.aborted !== true) {
    // Jobs with a priority wait in a list of their own.
    const { waiting = 0, prioritized = 0 } = (await producer.countJobs()).renditions
    if (waiting + prioritized > ENOUGH_WAITING_JOBS) {
      log.debug({ waiting: waiting + prioritized }, 'enough jobs wait: the pending sweep adds no more')
      break
    }
    const ids = await claimStalledImages(database, { idleSeconds, limit: batch })
    for (const id of ids) await producer.enqueueRenditions(id)
    enqueued += ids.length
    if (ids.length < batch) break
  }
  return { enqueued }
}
