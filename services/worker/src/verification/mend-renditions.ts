import { forgetRenditionFiles } from '@tintype/database'
import { laneOf } from '@tintype/domain'
import type { Unfit, VerificationDependencies } from './comparison.ts'

/**
 * Has renditions made again whose file is lost or cut short: the row first, as
 * where they are evicted, then what is left of the file. An original cannot be
 * mended, and what was made of one that is not as it was is left as it is: it
 * could not be made again, and in a wrong bucket everything looks lost.
 *
 * @returns the keys of those that are wanted again.
 */
export async function mendRenditions(
  { database, store, producer }: Pick<VerificationDependencies, 'database' | 'store' | 'producer'>,
  unfit: Unfit[],
): Promise<Set<string>> {
  const all = unfit.map(({ expected }) => expected)
  const unmendable = new Set(all.filter(({ name }) => name === undefined).map(({ imageId }) => imageId))
  const lost = all.filter(({ name, imageId }) => name !== undefined && !unmendable.has(imageId))
  if (lost.length === 0) return new Set()
  const forgotten = await forgetRenditionFiles(database, lost)
  for (const { key } of forgotten) await store.delete(key)
  const byLane = Map.groupBy(forgotten, ({ name }) => laneOf(name))
  for (const [lane, wanted] of byLane) {
    await producer.enqueueDerivations(lane, [...new Set(wanted.map(({ imageId }) => imageId))])
  }
  return new Set(forgotten.map(({ key }) => key))
}
