import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, listSettledRenditions, type SettledRendition } from '@tintype/database'
import type { RenditionName } from '@tintype/domain'

export interface RenditionWatch {
  /** Waits until a rendition is settled, `waitMs` at most; undefined where it is not, and at once where too many wait. */
  settled(imageId: string, name: RenditionName, waitMs: number): Promise<SettledRendition | undefined>
}

interface Wait {
  imageId: string
  name: RenditionName
  deadline: number
  end(settled?: SettledRendition): void
  fail(error: unknown): void
}

/** Watches PostgreSQL for renditions: however many are waited for, with one query every `pollMs`. */
export function watchRenditions(
  database: Database,
  { pollMs = 80, maxWaits = 500 }: { pollMs?: number; maxWaits?: number } = {},
): RenditionWatch {
  const waits = new Set<Wait>()

  async function poll(): Promise<void> {
    while (waits.size > 0) {
      await sleep(pollMs)
      const asked = [...waits]
      const now = performance.now()
      try {
        const settled = await listSettledRenditions(database, asked)
        const byPair = new Map(settled.map((one) => [`${one.imageId}/${one.name}`, one]))
        for (const wait of asked) {
          const found = byPair.get(`${wait.imageId}/${wait.name}`)
          if (found !== undefined || now > wait.deadline) wait.end(found)
        }
      } catch (error) {
        for (const wait of asked) wait.fail(error)
      }
    }
  }

  return {
    async settled(imageId, name, waitMs) {
      if (waits.size >= maxWaits) return undefined
      const { promise, resolve, reject } = Promise.withResolvers<SettledRendition | undefined>()
      const wait: Wait = {
        ...{ imageId, name, deadline: performance.now() + waitMs },
        end(settled) {
          waits.delete(wait)
          resolve(settled)
        },
        fail(error) {
          waits.delete(wait)
          reject(error)
        },
      }
      waits.add(wait)
      if (waits.size === 1) void poll()
      return promise
    },
  }
}
