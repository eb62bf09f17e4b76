import { type Database, forgetOldRequests } from '@tintype/database'

/** Forgets idempotency keys that are over a day old, with their answers. */
export async function sweepRequests({ database }: { database: Database }): Promise<{ forgotten: number }> {
  return { forgotten: await forgetOldRequests(database) }
}
