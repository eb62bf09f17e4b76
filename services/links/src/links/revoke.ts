import { type Database, revokeLink, revokeLinksOfImage } from '@tintype/database'
import type { LiveRecord } from './live-record.ts'

export interface RevokeDependencies {
  database: Database
  record: LiveRecord
  log: { warn(details: object, message: string): void }
}

/** Ends one link of this owner's. @returns whether there is such a link. */
export async function revokeOne(
  dependencies: RevokeDependencies,
  { ownerId, linkId }: { ownerId: string; linkId: string },
): Promise<boolean> {
  const revoked = await revokeLink(dependencies.database, ownerId, linkId)
  if (revoked) await forget(dependencies, [linkId])
  return revoked
}

/** Ends every link to an image of this owner's. @returns whether there is such an image. */
export async function revokeAll(
  dependencies: RevokeDependencies,
  { ownerId, imageId }: { ownerId: string; imageId: string },
): Promise<boolean> {
  const revoked = await revokeLinksOfImage(dependencies.database, ownerId, imageId)
  if (revoked !== undefined) await forget(dependencies, revoked)
  return revoked !== undefined
}

/** PostgreSQL has ended them already; the records only take up room until they expire. */
async function forget({ record, log }: RevokeDependencies, ids: string[]): Promise<void> {
  await record.forget(ids).catch((error: unknown) => {
    log.warn({ err: error, links: ids.length }, 'could not take revoked links out of Redis')
  })
}
