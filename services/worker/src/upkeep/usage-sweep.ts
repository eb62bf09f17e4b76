import { type Database, findUsageDrift, mendUsage } from '@tintype/database'
import type { Logger } from '@tintype/service-kit'

export interface UsageSweepOptions {
  /** Users looked at at a time. */
  batch: number
  signal?: AbortSignal
}

/**
 * Compares what is kept of every user's usage with what their pictures come to.
 * The two change together, so a difference is a defect, or somebody's who
 * changed rows by hand: it is told and mended.
 */
export async function sweepUsage(
  { database, log }: { database: Database; log: Pick<Logger, 'error'> },
  { batch, signal }: UsageSweepOptions,
): Promise<{ mended: number }> {
  let mended = 0
  for (let after: string | undefined; signal?.aborted !== true; ) {
    const { last, drifted } = await findUsageDrift(database, { after, limit: batch })
    for (const userId of drifted) {
      const drift = await mendUsage(database, userId)
      if (drift === undefined) continue
      mended += 1
      log.error({ userId, ...drift }, 'a user’s usage was not what their pictures come to')
    }
    if (last === undefined) break
    after = last
  }
  return { mended }
}
