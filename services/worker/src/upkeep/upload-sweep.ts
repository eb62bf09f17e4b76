import { type Database, releaseExpiredUploads } from '@tintype/database'
import { stagingKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { collectFailedObjects } from './failed-objects.ts'

/**
 * Ends direct and resumable uploads whose time is over: gives what they reserved
 * back first, then deletes what came of them. What it dies before is an orphan.
 *
 * @throws AggregateError at the end where some could not be deleted; at once
 * when the store as a whole, or PostgreSQL, is away.
 */
export async function sweepUploads(
  { database, store }: { database: Database; store: ObjectStore },
  { batch, signal }: { batch: number; signal?: AbortSignal },
): Promise<{ ended: number }> {
  const failed = collectFailedObjects()
  let ended = 0
  for (let full = true; full && signal?.aborted !== true; ) {
    const ids = await releaseExpiredUploads(database, batch)
    full = ids.length === batch
    ended += ids.length
    for (const id of ids) {
      try {
        await store.deletePrefix(stagingKey(id))
      } catch (error) {
        failed.add(error)
        await store.ping()
      }
    }
  }
  failed.throwIfAny()
  return { ended }
}
