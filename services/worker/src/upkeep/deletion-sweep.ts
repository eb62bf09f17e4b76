import { listUnfinishedDeletions, postponeDeletion } from '@tintype/database'
import { type DeletionDependencies, deleteImage } from './delete-image.ts'
import { collectFailedObjects } from './failed-objects.ts'

export interface DeletionSweepOptions {
  /** How long ago the deletion must have begun; its own job may still be at it. */
  idleSeconds: number
  batch: number
  signal?: AbortSignal
}

/**
 * Finishes deletions whose job is lost. One that cannot be finished is put
 * behind the others and tried again by the next sweep.
 *
 * @throws AggregateError at the end where some could not be finished; at once
 * when the store as a whole, or PostgreSQL, is away.
 */
export async function sweepDeletions(
  dependencies: DeletionDependencies,
  { idleSeconds, batch, signal }: DeletionSweepOptions,
): Promise<{ deleted: number }> {
  const { database, store } = dependencies
  const failed = collectFailedObjects()
  const postponed = new Set<string>()
  let deleted = 0

  /** Answers false where there is nothing left to do: an image seen again has only postponed ones behind it. */
  async function finish(id: string): Promise<boolean> {
    if (signal?.aborted === true || postponed.has(id)) return false
    try {
      if (await deleteImage(dependencies, id)) deleted += 1
    } catch (error) {
      failed.add(error)
      postponed.add(id)
      await postponeDeletion(database, id)
      await store.ping()
    }
    return true
  }

  for (let full = true; full; ) {
    const ids = await listUnfinishedDeletions(database, { idleSeconds, limit: batch })
    full = ids.length === batch
    for (const id of ids) full = (await finish(id)) && full
  }
  failed.throwIfAny()
  return { deleted }
}
