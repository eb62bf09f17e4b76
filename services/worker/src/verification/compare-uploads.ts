import type { Verification } from '@tintype/database'
import { STAGING_PREFIX } from '@tintype/domain'
import type { Comparison, VerificationDependencies } from './comparison.ts'
import { createFindings } from './findings.ts'
import { createOrphanage } from './orphanage.ts'

/** Looks among files of uploads that are still to come for those of none. What an upload lacks its sender finds out. */
export async function compareUploads(
  dependencies: VerificationDependencies,
  { cursor, repair }: Verification,
  { batch, signal }: { batch: number; signal: AbortSignal },
): Promise<Comparison> {
  const findings = createFindings()
  const orphanage = await createOrphanage(dependencies, { repair, batch, findings })
  let objects = 0
  let next: string | undefined
  for await (const object of dependencies.store.list(STAGING_PREFIX, {
    after: cursor ?? undefined,
    signal,
  })) {
    await orphanage.take(object)
    objects += 1
    if (objects < batch) continue
    next = object.key
    break
  }
  await orphanage.close()
  return { images: 0, objects, bytesHashed: 0, ...findings.counted(), next }
}
