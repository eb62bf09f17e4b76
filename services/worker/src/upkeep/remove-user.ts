import {
  type Database,
  finishUserDeletion,
  isUserDeleted,
  listUnfinishedUserDeletions,
  markImagesDeleting,
} from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import { type DeletionDependencies, deleteImage } from './delete-image.ts'
import { collectFailedObjects } from './failed-objects.ts'

interface RemovalOptions {
  /** Images marked at a time. */
  batch: number
  signal?: AbortSignal
}

/**
 * Removes every image of a user, batch by batch. Those that are being removed
 * elsewhere at this moment are left to that.
 *
 * @throws AggregateError at the end where some could not be removed, which the
 * deletion sweep then does; at once when the store as a whole, or PostgreSQL, is away.
 */
export async function removeImages(
  dependencies: DeletionDependencies,
  userId: string,
  { batch, signal }: RemovalOptions,
): Promise<{ removed: number }> {
  const failed = collectFailedObjects()
  const stopped = () => signal?.aborted === true
  let removed = 0
  for (;;) {
    if (stopped()) return { removed }
    const ids = await markImagesDeleting(dependencies.database, userId, batch)
    if (ids.length === 0) break
    for (const id of ids) {
      // What is marked and not removed is the deletion sweep's.
      if (stopped()) return { removed }
      try {
        if (await deleteImage(dependencies, id)) removed += 1
      } catch (error) {
        failed.add(error)
        await dependencies.store.ping()
      }
    }
  }
  failed.throwIfAny()
  return { removed }
}

/**
 * Removes what a deleted user owned, then their row. Of any other user it
 * touches nothing. Where something of theirs is still on its way out, the row
 * stays for the next turn of the sweep.
 */
export async function removeDeletedUser(
  dependencies: DeletionDependencies,
  userId: string,
  options: RemovalOptions,
): Promise<void> {
  if (!(await isUserDeleted(dependencies.database, userId))) return
  await removeImages(dependencies, userId, options)
  await finishUserDeletion(dependencies.database, userId)
}

/** Enqueues the removal of deleted users that has not ended. One whose job waits or runs gets no second one. */
export async function sweepDeletedUsers(
  { database, producer }: { database: Database; producer: Pick<Producer, 'enqueueUserDeletion'> },
  { batch }: { batch: number },
): Promise<{ enqueued: number }> {
  const ids = await listUnfinishedUserDeletions(database, batch)
  for (const id of ids) await producer.enqueueUserDeletion(id)
  return { enqueued: ids.length }
}
