import { type Database, getInstallationId } from '@tintype/database'
import { INSTALLATIONS_PREFIX, installationKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'

/**
 * Whether a store belongs to this installation and to no other; a store without
 * any mark is marked as ours. To a database that is not the store's own, every
 * object is an orphan: a copy of it that was pointed at the real bucket must
 * not empty that.
 */
export async function claimStore({
  database,
  store,
}: {
  database: Database
  store: ObjectStore
}): Promise<boolean> {
  const ours = installationKey(await getInstallationId(database))
  if ((await marksOf(store)).length === 0) {
    await store.put(ours, new Uint8Array(), { bytes: 0, contentType: 'text/plain' })
  }
  // Read again: two installations that mark a new store at once both see it is not theirs alone.
  const marks = await marksOf(store)
  return marks.length === 1 && marks[0] === ours
}

async function marksOf(store: ObjectStore): Promise<string[]> {
  const marks: string[] = []
  for await (const { key } of store.list(INSTALLATIONS_PREFIX)) marks.push(key)
  return marks
}
