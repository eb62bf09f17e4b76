import { type Database, evictUnread } from '@tintype/database'
import type { ObjectStore } from '@tintype/object-store'
import { collectFailedObjects } from './failed-objects.ts'

export interface EvictionSweepOptions {
  /** How long a rendition must have been unread; at 0 none ever is. */
  days: number
  /** Renditions forgotten at a time. */
  batch: number
  signal?: AbortSignal
}

/**
 * Deletes renditions that nobody reads: the row first, so that no reader is sent
 * to an object that is gone, but one who had read the row before. An object
 * that stays is the orphan sweep's.
 *
 * @throws AggregateError at the end where some objects could not be deleted; at
 * once when the store as a whole, or PostgreSQL, is away.
 */
export async function sweepEvictions(
  { database, store }: { database: Database; store: ObjectStore },
  { days, batch, signal }: EvictionSweepOptions,
): Promise<{ evicted: number }> {
  let evicted = 0
  const failed = collectFailedObjects()
  while (days > 0 && signal?.aborted !== true) {
    // Not while the store is away: what is forgotten should go.
    await store.ping()
    const keys = await evictUnread(database, { days, limit: batch })
    for (const key of keys) await store.delete(key).catch(failed.add)
    evicted += keys.length
    if (keys.length < batch) break
  }
  failed.throwIfAny()
  return { evicted }
}
