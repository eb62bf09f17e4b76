import { advanceReconcile, type Database, listIdleReconciles, listReconciledLanes } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'
import { listLanesWithRoom } from './pending-sweep.ts'

export interface ReconcileDependencies {
  database: Database
  producer: Pick<Producer, 'enqueueDerivation' | 'countJobs'>
  log: Pick<Logger, 'debug' | 'info'>
}

export type ReconcileOutcome =
  | 'finished'
  /** Enough jobs wait, or the worker stops: the sweep has it gone on with from its cursor. */
  | 'paused'
  /** A newer edit has taken it over, or it had ended. */
  | 'superseded'

/**
 * Asks for what a tier's edit gained its users, of all their images, batch by
 * batch. The cursor is kept in PostgreSQL: killed in between, the next run goes
 * on from it, and what was asked for and not enqueued is the pending sweep's.
 *
 * @throws QueueUnavailable, or when PostgreSQL is away.
 */
export async function reconcileTier(
  { database, producer, log }: ReconcileDependencies,
  run: { tierId: string; version: number },
  { batch, signal }: { batch: number; signal?: AbortSignal },
): Promise<ReconcileOutcome> {
  const { tierId, version } = run
  const lanes = await listReconciledLanes(database, run)
  while (signal?.aborted !== true) {
    const withRoom = await listLanesWithRoom(producer)
    if (!lanes.every((lane) => withRoom.includes(lane))) {
      log.debug({ tierId }, 'enough jobs wait: the reconcile pauses')
      return 'paused'
    }
    const step = await advanceReconcile(database, { tierId, version, batch })
    if (step.outcome === 'superseded') return 'superseded'
    // Nobody waits for them, so they go behind those that somebody waits for.
    for (const { lane, imageId } of step.wanted) await producer.enqueueDerivation(lane, imageId)
    if (step.finished) {
      log.info({ tierId, version }, 'a tier is reconciled')
      return 'finished'
    }
  }
  return 'paused'
}

/** Enqueues runs that made no progress: paused, or their job was lost. One whose job waits or runs gets no second one. */
export async function sweepReconciles(
  { database, producer }: { database: Database; producer: Pick<Producer, 'enqueueReconcile'> },
  { idleSeconds, batch }: { idleSeconds: number; batch: number },
): Promise<{ enqueued: number }> {
  const runs = await listIdleReconciles(database, { idleSeconds, limit: batch })
  for (const run of runs) await producer.enqueueReconcile(run)
  return { enqueued: runs.length }
}
