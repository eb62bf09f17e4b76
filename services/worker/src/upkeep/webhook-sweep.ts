import { type Database, forgetOldDeliveries } from '@tintype/database'

/** Forgets messages to webhooks that nobody will ask about any more. */
export async function sweepDeliveries(
  { database }: { database: Database },
  { batch, signal }: { batch: number; signal?: AbortSignal },
): Promise<{ forgotten: number }> {
  let forgotten = 0
  for (let full = true; full && signal?.aborted !== true; ) {
    const count = await forgetOldDeliveries(database, batch)
    full = count === batch
    forgotten += count
  }
  return { forgotten }
}
