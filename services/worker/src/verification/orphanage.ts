import { findOrphanKeys } from '@tintype/database'
import { parseKey } from '@tintype/domain'
import type { ObjectInfo } from '@tintype/object-store'
import type { VerificationDependencies } from './comparison.ts'
import type { Findings } from './findings.ts'

/**
 * Takes objects that no row was seen for, and finds those that belong to
 * nothing: old enough that nothing is about to write their row, and still
 * without one. Where it may, it deletes them, as the orphan sweep would.
 */
export async function createOrphanage(
  { database, store, orphanMinAgeSeconds, ownsStore }: VerificationDependencies,
  { repair, batch, findings }: { repair: boolean; batch: number; findings: Findings },
): Promise<{ take(object: ObjectInfo): Promise<void>; close(): Promise<void> }> {
  const newest = (await store.ping()).getTime() - orphanMinAgeSeconds * 1000
  let keys: string[] = []

  async function lookUp(): Promise<void> {
    const orphans = await findOrphanKeys(database, keys)
    keys = []
    if (orphans.length === 0) return
    const mended = repair && (await ownsStore())
    for (const key of orphans) {
      const parsed = parseKey(key)
      if (parsed === undefined) continue
      if (mended) await store.delete(key)
      const subjectId = parsed.kind === 'staging' ? parsed.uploadId : parsed.imageId
      findings.add({ problem: 'orphan', subjectId, mended })
    }
  }

  return {
    async take({ key, modifiedAt }) {
      if (modifiedAt.getTime() > newest) return
      keys.push(key)
      if (keys.length >= batch) await lookUp()
    },
    async close() {
      if (keys.length > 0) await lookUp()
    },
  }
}
