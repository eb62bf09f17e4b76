import { type Database, listIdsWithOriginal } from '@tintype/database'
import { ORIGINALS_PREFIX, originalKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import type { Logger } from '@tintype/service-kit'

/** Pictures named in the log by one sweep: a store that lost all of them says no more than one that lost so many. */
const MAX_NAMED = 1000

export interface OriginalSweepOptions {
  /** Rows read at a time. */
  batch: number
  signal?: AbortSignal
}

export interface OriginalSweepDependencies {
  database: Database
  store: ObjectStore
  log: Pick<Logger, 'error'>
}

/**
 * Tells of pictures whose original is not in the store any more; it changes
 * nothing. Rows and keys are both read in the order of ids, side by side, so
 * that neither is held.
 *
 * @throws StoreUnavailable, or when PostgreSQL is away.
 */
export async function sweepOriginals(
  { database, store, log }: OriginalSweepDependencies,
  { batch, signal }: OriginalSweepOptions,
): Promise<{ checked: number; missing: number }> {
  const counts = { checked: 0, missing: 0 }
  const objects = store.list(ORIGINALS_PREFIX)[Symbol.asyncIterator]()
  try {
    let object = await objects.next()
    for (let after: string | undefined; signal?.aborted !== true; ) {
      const ids = await listIdsWithOriginal(database, { after, limit: batch })
      const unseen: string[] = []
      for (const id of ids) {
        const key = originalKey(id)
        while (object.done !== true && object.value.key < key) object = await objects.next()
        if (object.done === true || object.value.key !== key) unseen.push(id)
      }
      for (const imageId of await confirmMissing({ database, store }, unseen)) {
        counts.missing += 1
        if (counts.missing <= MAX_NAMED)
          log.error({ imageId }, 'the original of an image is not in the store')
      }
      counts.checked += ids.length
      after = ids.at(-1)
      if (ids.length < batch) break
    }
  } finally {
    await objects.return?.()
  }
  return counts
}

/** Those that are missing: not uploaded since the keys were listed, nor deleted meanwhile. */
async function confirmMissing(
  { database, store }: Pick<OriginalSweepDependencies, 'database' | 'store'>,
  ids: string[],
): Promise<string[]> {
  const missing: string[] = []
  for (const id of ids) if ((await store.head(originalKey(id))) === undefined) missing.push(id)
  if (missing.length === 0) return []
  // A folder that is not mounted looks the same.
  await store.ping()
  return listIdsWithOriginal(database, { ids: missing })
}
