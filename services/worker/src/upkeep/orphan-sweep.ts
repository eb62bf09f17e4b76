import { type Database, findOrphanKeys } from '@tintype/database'
import { ORIGINALS_PREFIX, RENDITIONS_PREFIX, STAGING_PREFIX } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { collectFailedObjects } from './failed-objects.ts'

export interface OrphanSweepOptions {
  /**
   * How old an object must be to go, in seconds by the store's own clock:
   * younger ones may be of an upload or a derivation that is about to write its row.
   */
  minAgeSeconds: number
  /** Objects looked up at a time: what is held in memory. */
  batch: number
  signal?: AbortSignal
}

/**
 * Deletes objects that no row names: left by whatever died between the store
 * and PostgreSQL. Keys that are not of the product's making are left alone.
 *
 * @throws AggregateError at the end where some could not be deleted; at once
 * when the store as a whole, or PostgreSQL, is away.
 */
export async function sweepOrphans(
  { database, store }: { database: Database; store: ObjectStore },
  { minAgeSeconds, batch, signal }: OrphanSweepOptions,
): Promise<{ checked: number; deleted: number }> {
  const now = await store.ping()
  const newest = now.getTime() - minAgeSeconds * 1000
  const counts = { checked: 0, deleted: 0 }
  const failed = collectFailedObjects()

  async function sweep(keys: string[]): Promise<void> {
    for (const key of await findOrphanKeys(database, keys)) {
      try {
        await store.delete(key)
        counts.deleted += 1
      } catch (error) {
        failed.add(error)
        await store.ping()
      }
    }
    counts.checked += keys.length
  }

  for (const prefix of [ORIGINALS_PREFIX, RENDITIONS_PREFIX, STAGING_PREFIX]) {
    let keys: string[] = []
    for await (const { key, modifiedAt } of store.list(prefix)) {
      if (signal?.aborted === true) return counts
      if (modifiedAt.getTime() > newest) continue
      keys.push(key)
      if (keys.length < batch) continue
      await sweep(keys)
      keys = []
    }
    await sweep(keys)
  }
  failed.throwIfAny()
  return counts
}
