import { type Database, forgetOldSessions } from '@tintype/database'

/** Forgets sessions that nobody can use or ask about any more. */
export async function sweepSessions({ database }: { database: Database }): Promise<{ forgotten: number }> {
  return { forgotten: await forgetOldSessions(database) }
}
