import { type Database, recordLinkUses } from '@tintype/database'

const EVERY_MS = 1000
/** Uses held at a time; what comes on top is not told. */
const MAX_HELD = 10_000

export interface UseRecorder {
  /** Notes that a link was used whose owner wants to know. Costs no query. */
  note(linkId: string): void
  /** Writes what is held and notes no more. */
  stop(): Promise<void>
}

/**
 * Records uses of links as events, in one statement a second, so that nobody who
 * follows a link waits for it. At best: what is held when the process is killed,
 * or when PostgreSQL has gone since the link was looked up, is not told.
 */
export function createUseRecorder({
  database,
  log,
}: {
  database: Database
  log: { warn(details: object, message: string): void }
}): UseRecorder {
  let held: string[] = []

  async function flush(): Promise<void> {
    const uses = held
    held = []
    if (uses.length === 0) return
    try {
      await recordLinkUses(database, uses)
    } catch (error) {
      log.warn({ err: error, uses: uses.length }, 'uses of links could not be recorded')
    }
  }
  const timer = setInterval(flush, EVERY_MS)

  return {
    note(linkId) {
      if (held.length < MAX_HELD) held.push(linkId)
    },
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
