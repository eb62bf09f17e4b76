import { claimStalledImages, type Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'

export interface PendingSweepOptions {
  /** How long an image must have made no progress; at least 1. */
  idleSeconds: number
  /** Images claimed at a time. */
  batch: number
  signal?: AbortSignal
}

/**
 * Enqueues images whose job was never added or is lost: Redis was away, was
 * emptied, or gave the job up. One whose job still waits gets no second one.
 *
 * @throws QueueUnavailable; what it claimed and did not enqueue is claimed again after `idleSeconds`.
 */
export async function sweepPending(
  { database, producer }: { database: Database; producer: Pick<Producer, 'enqueueRenditions'> },
  { idleSeconds, batch, signal }: PendingSweepOptions,
): Promise<{ enqueued: number }> {
  let enqueued = 0
  while (signal?.aborted !== true) {
    const ids = await claimStalledImages(database, { idleSeconds, limit: batch })
    for (const id of ids) await producer.enqueueRenditions(id)
    enqueued += ids.length
    if (ids.length < batch) break
  }
  return { enqueued }
}
