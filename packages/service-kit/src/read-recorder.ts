import { type Database, noteReads } from '@tintype/database'
import type { RenditionName } from '@tintype/domain'
import type { Log } from './logger.ts'

const EVERY_MS = 5000
/** Renditions held at a time; what is read on top is noted at its next read. */
const MAX_HELD = 10_000

export interface ReadRecorder {
  /** Notes that a rendition was read. Costs no query. */
  note(imageId: string, name: RenditionName): void
  /** Writes what is held, now. */
  flush(): Promise<void>
  /** Writes what is held and notes no more. */
  stop(): Promise<void>
}

/**
 * Tells PostgreSQL which renditions are read, in one statement every few
 * seconds, so that those nobody reads can be evicted. What is lost on the way
 * costs a thumbnail's being made again, so nothing is tried twice.
 */
export function createReadRecorder({
  database,
  log,
  everyMs = EVERY_MS,
  maxHeld = MAX_HELD,
}: {
  database: Database
  log: Log
  everyMs?: number
  maxHeld?: number
}): ReadRecorder {
  const held = new Map<string, { imageId: string; name: RenditionName }>()

  async function flush(): Promise<void> {
    const reads = [...held.values()]
    held.clear()
    if (reads.length === 0) return
    try {
      await noteReads(database, reads)
    } catch (error) {
      log.debug({ err: error, reads: reads.length }, 'reads could not be noted')
    }
  }
  const timer = setInterval(flush, everyMs)

  return {
    note(imageId, name) {
      if (held.size < maxHeld) held.set(`${imageId}/${name}`, { imageId, name })
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
