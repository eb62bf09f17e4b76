import { type Database, forgetDeadLinks } from '@tintype/database'

/** Forgets links that have been dead for so long that nobody asks why. */
export async function sweepLinks({ database }: { database: Database }): Promise<{ forgotten: number }> {
  return { forgotten: await forgetDeadLinks(database) }
}
