import { type Database, forgetExpiredArchives } from '@tintype/database'

/** Forgets archives whose address is good no longer. */
export async function sweepArchives({ database }: { database: Database }): Promise<{ forgotten: number }> {
  return { forgotten: await forgetExpiredArchives(database) }
}
