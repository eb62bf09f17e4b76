import { type Producer, SWEEPS, type Sweep } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How often each sweep runs, in milliseconds. */
const EVERY_MS: Record<Sweep, number> = {
  pending: 20_000,
  deletions: 60_000,
  evictions: HOUR_MS,
  orphans: HOUR_MS,
  sessions: HOUR_MS,
  links: HOUR_MS,
  users: 60_000,
  reconciles: 20_000,
  demo: HOUR_MS,
  uploads: 60_000,
  requests: HOUR_MS,
  archives: HOUR_MS,
  usage: DAY_MS,
  originals: DAY_MS,
  webhooks: HOUR_MS,
  events: HOUR_MS,
  verifications: 20_000,
}
/** How soon an event is on its way to webhooks. */
const RELAY_MS = 1000
/** An emptied Redis has no sweeps for this long: as long as between two pending ones. */
const RENEW_MS = 20_000

export interface SweepSchedule {
  /** Has all of them scheduled, as far as Redis is there. */
  renew(): Promise<void>
  stop(): void
}

/**
 * Keeps the sweeps and the webhooks’ relay scheduled: now and every 20 s, since schedules are kept in
 * Redis, which may come late or be emptied.
 *
 * @param everyMs what differs from the usual, in milliseconds.
 */
export function keepSweepsScheduled(
  producer: Pick<Producer, 'scheduleRelay' | 'scheduleSweep'>,
  log: Logger,
  everyMs: Partial<Record<Sweep, number>> = {},
): SweepSchedule {
  const intervals = { ...EVERY_MS, ...everyMs }
  async function renew(): Promise<void> {
    try {
      await producer.scheduleRelay(RELAY_MS)
      for (const sweep of SWEEPS) await producer.scheduleSweep(sweep, intervals[sweep])
    } catch (error) {
      // Redis being away is told by its connection, and this comes again soon.
      log.debug({ err: error }, 'the sweeps could not be scheduled')
    }
  }
  const timer = setInterval(renew, RENEW_MS)
  void renew()
  return { renew, stop: () => clearInterval(timer) }
}
