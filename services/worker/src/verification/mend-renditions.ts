import { forgetRenditionFiles } from '@tintype/database'
import { laneOf } from '@tintype/domain'
import type { Unfit, VerificationDependencies } from './comparison.ts'

/**
 * Has renditions made again whose file is lost or cut short: the row first, as
 * where they are evicted, then what is left of the file. An original cannot be mended.
 *
 * @returns the keys of those that are wanted again.
 */
export async function mendRenditions(
  { database, store, producer }: Pick<VerificationDependencies, 'database' | 'store' | 'producer'>,
  unfit: Unfit[],
): Promise<Set<string>> {
  const lost = unfit.filter(({ expected }) => expected.name !== undefined).map(({ expected }) => expected)
  if (lost.length === 0) return new Set()
  const forgotten = await forgetRenditionFiles(database, lost)
  for (const { key } of forgotten) await store.delete(key)
  const byLane = Map.groupBy(forgotten, ({ name }) => laneOf(name))
  for (const [lane, wanted] of byLane) {
    await producer.enqueueDerivations(lane, [...new Set(wanted.map(({ imageId }) => imageId))])
  }
  return new Set(forgotten.map(({ key }) => key))
}
