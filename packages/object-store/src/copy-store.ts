import { compareKeys } from './keys.ts'
import type { ObjectInfo, ObjectStore } from './types.ts'

export interface CopyStoreOptions {
  /** Prefixes of keys that stay behind. */
  except: string[]
  /** Objects on their way at once; 8 unless told. */
  atOnce?: number
  signal?: AbortSignal
  /** Told now and then of how much is done. */
  onProgress?: (counts: CopyCounts) => void
}

export interface CopyCounts {
  copied: number
  bytes: number
  /** Those that were there already. */
  present: number
}

/**
 * Copies what a store holds into another, but for what is there already with
 * the same key and size: objects are never written over, so those are the same.
 * Run again, it goes on. It deletes nothing. Both are listed side by side, so
 * no list is held. An object that is deleted meanwhile is left out.
 *
 * @throws StoreUnavailable.
 */
export async function copyStore(
  from: ObjectStore,
  to: ObjectStore,
  { except, atOnce = 8, signal, onProgress }: CopyStoreOptions,
): Promise<CopyCounts> {
  const counts = { copied: 0, bytes: 0, present: 0 }
  const missing = objectsMissing(from, to, { except, signal }, () => {
    counts.present += 1
  })

  const abortable = signal === undefined ? {} : { signal }

  async function copyNext(): Promise<void> {
    // They share the list: each takes what no other has taken.
    for await (const { key } of missing) {
      const object = await from.get(key, abortable)
      if (object === undefined) continue
      const { bytes, body } = object
      await to.put(key, body, { bytes, contentType: 'application/octet-stream', ...abortable })
      counts.copied += 1
      counts.bytes += bytes
      if (counts.copied % 1000 === 0) onProgress?.(counts)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, copyNext))
  return counts
}

async function* objectsMissing(
  from: ObjectStore,
  to: ObjectStore,
  { except, signal }: { except: string[]; signal: AbortSignal | undefined },
  onPresent: () => void,
): AsyncGenerator<ObjectInfo> {
  const there = to.list('', { signal })[Symbol.asyncIterator]()
  try {
    let next = await there.next()
    for await (const object of from.list('', { signal })) {
      const { key, bytes } = object
      while (next.done !== true && compareKeys(next.value.key, key) < 0) next = await there.next()
      if (except.some((prefix) => key.startsWith(prefix))) continue
      if (next.done !== true && next.value.key === key && next.value.bytes === bytes) onPresent()
      else yield object
    }
  } finally {
    await there.return?.()
  }
}
