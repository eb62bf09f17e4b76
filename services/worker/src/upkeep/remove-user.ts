import {
  type Database,
  finishUserDeletion,
  isUserDeleted,
  listUnfinishedUserDeletions,
  markImagesDeleting,
} from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import { type DeletionDependencies, deleteImage } from './delete-image.ts'
import { collectFailedObjects, type FailedObjects } from './failed-objects.ts'

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
  options: RemovalOptions,
): Promise<{ removed: number }> {
  const failed = collectFailedObjects()
  let removed = 0
  for (let marked = options.batch; marked > 0 && options.signal?.aborted !== true; ) {
    const turn = await removeBatch(dependencies, userId, options, failed)
    marked = turn.marked
    removed += turn.removed
  }
  failed.throwIfAny()
  return { removed }
}

async function removeBatch(
  dependencies: DeletionDependencies,
  userId: string,
  { batch, signal }: RemovalOptions,
  failed: FailedObjects,
): Promise<{ marked: number; removed: number }> {
  const ids = await markImagesDeleting(dependencies.database, userId, batch)
  let removed = 0
  for (const id of ids) {
    // What is marked and not removed is the deletion sweep's.
    if (signal?.aborted === true) break
    try {
      if (await deleteImage(dependencies, id)) removed += 1
    } catch (error) {
      failed.add(error)
      await dependencies.store.ping()
    }
  }
  return { marked: ids.length, removed }
}

export type UserRemovalOutcome =
  /** There may be more: to be gone on with in another job, behind those that wait. */
  | 'paused'
  /** Of a user who is not deleted it is so at once. */
  | 'ended'

/**
 * Removes some of what a deleted user owned, and in the end their row. Of any
 * other user it touches nothing. It does one batch, so that nobody's thousands
 * of pictures keep other upkeep waiting. Where something of theirs is still on
 * its way out, the row stays for the next turn of the sweep.
 *
 * @throws as `removeImages`.
 */
export async function removeDeletedUser(
  dependencies: DeletionDependencies,
  userId: string,
  options: RemovalOptions,
): Promise<UserRemovalOutcome> {
  if (!(await isUserDeleted(dependencies.database, userId))) return 'ended'
  const failed = collectFailedObjects()
  const { marked } = await removeBatch(dependencies, userId, options, failed)
  failed.throwIfAny()
  if (marked === options.batch || options.signal?.aborted === true) return 'paused'
  await finishUserDeletion(dependencies.database, userId)
  return 'ended'
}

/** Enqueues the removal of deleted users that has not ended. One whose job waits gets no second one. */
export async function sweepDeletedUsers(
  { database, producer }: { database: Database; producer: Pick<Producer, 'enqueueUserDeletion'> },
  { batch }: { batch: number },
): Promise<{ enqueued: number }> {
  const ids = await listUnfinishedUserDeletions(database, batch)
  for (const id of ids) await producer.enqueueUserDeletion(id)
  return { enqueued: ids.length }
}
