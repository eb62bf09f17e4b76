import { claimStalledImages, type Database } from '@tintype/database'
import { LANES, type Lane } from '@tintype/domain'
import { type Producer, QUEUE_OF } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'

/**
 * While more jobs than this wait in a queue, no more are added to it: it has work for
 * minutes, and most of what makes no progress waits in it. One that was emptied
 * has none waiting.
 */
const ENOUGH_WAITING_JOBS = 5000

export interface PendingSweepOptions {
  /** How long an image must have made no progress; at least 1. */
  idleSeconds: number
  /** Images claimed at a time. */
  batch: number
  signal?: AbortSignal
}

export interface PendingSweepDependencies {
  database: Database
  producer: Pick<Producer, 'enqueueDerivation' | 'countJobs'>
  log: Pick<Logger, 'debug'>
}

/**
 * Enqueues images whose job was never added or is lost: Redis was away, was
 * emptied, or gave the job up; each in the queues of the lanes in which it lacks
 * something. One whose job still waits gets no second one. A queue in which 5000
 * jobs wait is left alone; the turn after that goes on.
 *
 * @throws QueueUnavailable; what it claimed and did not enqueue is claimed again after `idleSeconds`.
 */
export async function sweepPending(
  { database, producer, log }: PendingSweepDependencies,
  { idleSeconds, batch, signal }: PendingSweepOptions,
): Promise<{ enqueued: number }> {
  let enqueued = 0
  while (signal?.aborted !== true) {
    const lanes = await listLanesWithRoom(producer)
    if (lanes.length < LANES.length) log.debug({ lanes }, 'enough jobs wait in the other lanes')
    if (lanes.length === 0) break
    const stalled = await claimStalledImages(database, { lanes, idleSeconds, limit: batch })
    for (const { id, lanes: lacking } of stalled) {
      for (const lane of lacking) await producer.enqueueDerivation(lane, id)
    }
    enqueued += stalled.length
    if (stalled.length < batch) break
  }
  return { enqueued }
}

/** The lanes whose queues may be given more. */
export async function listLanesWithRoom(producer: Pick<Producer, 'countJobs'>): Promise<Lane[]> {
  const counts = await producer.countJobs()
  return LANES.filter((lane) => {
    // Jobs with a priority wait in a list of their own.
    const { waiting = 0, prioritized = 0 } = counts[QUEUE_OF[lane]]
    return waiting + prioritized <= ENOUGH_WAITING_JOBS
  })
}
