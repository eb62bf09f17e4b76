import { type Database, finishDeletion, isDeleting } from '@tintype/database'
import { originalKey, renditionPrefix } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'

export interface DeletionDependencies {
  database: Database
  store: ObjectStore
}

/**
 * Removes the objects of a `deleting` image, then its row: died in between, it
 * can be run again. Of any other image it touches nothing. A derivation still
 * at work then finds no row to publish to and deletes what it made.
 *
 * @returns whether there was such an image.
 * @throws StoreUnavailable, or when PostgreSQL is away.
 */
export async function deleteImage(
  { database, store }: DeletionDependencies,
  imageId: string,
): Promise<boolean> {
  if (!(await isDeleting(database, imageId))) return false
  await store.delete(originalKey(imageId))
  await store.deletePrefix(renditionPrefix(imageId))
  await finishDeletion(database, imageId)
  return true
}
