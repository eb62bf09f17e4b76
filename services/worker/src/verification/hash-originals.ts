import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type { ObjectStore } from '@tintype/object-store'
import type { Expected, Unfit } from './comparison.ts'

/** Originals read at once: the store's answers overlap, and other work keeps most of the core. */
const AT_ONCE = 4

/** Reads originals from their beginning to their end. One that is gone meanwhile is none of this. */
export async function hashOriginals(
  store: ObjectStore,
  objects: Expected[],
  signal: AbortSignal,
): Promise<{ unfit: Unfit[]; bytes: number }> {
  const waiting = objects.filter(({ sha256 }) => sha256 !== undefined).values()
  const unfit: Unfit[] = []
  let bytes = 0

  async function readNext(): Promise<void> {
    // They share the iterator: each takes what no other has taken.
    for (const expected of waiting) {
      const outcome = await hashOf(store, expected.key, signal)
      if (outcome === 'gone') continue
      if (outcome === 'unreadable') {
        unfit.push({ expected, problem: 'original-unreadable' })
        continue
      }
      bytes += expected.bytes
      if (outcome.sha256 !== expected.sha256)
        unfit.push({ expected, problem: 'original-hash', actual: outcome.sha256 })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, readNext))
  return { unfit, bytes }
}

async function hashOf(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<{ sha256: string } | 'gone' | 'unreadable'> {
  try {
    const object = await store.get(key, { signal })
    if (object === undefined) return 'gone'
    const hash = createHash('sha256')
    await pipeline(object.body, hash, { signal })
    return { sha256: hash.digest('hex') }
  } catch {
    // Else it is the store, or this worker, that is away.
    await store.ping(signal)
    return 'unreadable'
  }
}
