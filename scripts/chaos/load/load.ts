import { setTimeout as delay } from 'node:timers/promises'
import type { LoadContext } from './caller.ts'
import { deleteOne } from './deletions.ts'
import type { Person } from './ledger.ts'
import { useLinks } from './links.ts'
import { read } from './reads.ts'
import { upload } from './uploads.ts'

/** How long each kind of caller pauses after an answer, in milliseconds; of each kind there is one a person. */
export interface Pace {
  uploadMs: number
  readMs: number
  linkMs: number
  deleteMs: number
  /** Pictures that a person keeps at least. */
  keep: number
}

export interface Load {
  /** Ends it; what is under way is answered first. @throws what a caller threw. */
  stop(): Promise<void>
}

/** Has everybody upload, read, give and visit links and delete, each caller one request after another. */
export function startLoad(context: LoadContext, people: Person[], pace: Pace): Load {
  const stopping = new AbortController()
  context.stopping = stopping.signal

  async function caller(pauseMs: number, step: () => Promise<unknown>): Promise<void> {
    while (!stopping.signal.aborted) {
      const pause = pauseMs * (0.5 + context.random.next())
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) await step()
    }
  }
  const ended = Promise.all(
    people.flatMap((person) => [
      caller(pace.uploadMs, () => upload(context, person)),
      caller(pace.readMs, () => read(context, person)),
      caller(pace.linkMs, () => useLinks(context, person)),
      caller(pace.deleteMs, () => deleteOne(context, person, pace.keep)),
    ]),
  )
  // Whoever stops it is told.
  ended.catch(() => stopping.abort())
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
