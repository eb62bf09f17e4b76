import { listUnfinishedDeletions } from '@tintype/database'
import { type DeletionDependencies, deleteImage } from './delete-image.ts'

export interface DeletionSweepOptions {
  /** How long ago the deletion must have begun; its own job may still be at it. */
  idleSeconds: number
  batch: number
  signal?: AbortSignal
}

/**
 * Finishes deletions whose job is lost.
 *
 * @throws at the first image that cannot be deleted; the next sweep goes on.
 */
export async function sweepDeletions(
  dependencies: DeletionDependencies,
  { idleSeconds, batch, signal }: DeletionSweepOptions,
): Promise<{ deleted: number }> {
  let deleted = 0
  for (;;) {
    const ids = await listUnfinishedDeletions(dependencies.database, { idleSeconds, limit: batch })
    for (const id of ids) {
      if (signal?.aborted === true) return { deleted }
      if (await deleteImage(dependencies, id)) deleted += 1
    }
    if (ids.length < batch) return { deleted }
  }
}
