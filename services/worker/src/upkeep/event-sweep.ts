import { type Database, forgetOldEvents } from '@tintype/database'

export interface EventSweepOptions {
  days: number
  /** Events forgotten at a time. */
  batch: number
  signal?: AbortSignal
}

/** Forgets events that are so old that who has not read them begins anew. */
export async function sweepEvents(
  { database }: { database: Database },
  { days, batch, signal }: EventSweepOptions,
): Promise<{ forgotten: number }> {
  let forgotten = 0
  while (signal?.aborted !== true) {
    const gone = await forgetOldEvents(database, { days, limit: batch })
    forgotten += gone
    if (gone === 0) break
  }
  return { forgotten }
}
