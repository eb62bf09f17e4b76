import { type Database, listSettledRenditions, type SettledRendition } from '@tintype/database'
import type { RenditionName } from '@tintype/domain'

export interface RenditionWatch {
  /** Waits until a rendition is settled, `waitMs` at most; undefined where it is not, and at once where too many wait. */
  settled(
    image: { id: string; ownerId: string },
    name: RenditionName,
    waitMs: number,
  ): Promise<SettledRendition | undefined>
  /** Something happened to images of these users, or of anybody where none is named: it looks at once. */
  hint(ownerIds: string[]): void
}

interface Wait {
  imageId: string
  ownerId: string
  name: RenditionName
  deadline: number
  end(settled?: SettledRendition): void
  fail(error: unknown): void
}

/**
 * Watches PostgreSQL for renditions: however many are waited for, with one query
 * at a time, when it is told of something and every `pollMs`.
 */
export function watchRenditions(
  database: Database,
  { pollMs = 200, maxWaits = 500 }: { pollMs?: number; maxWaits?: number } = {},
): RenditionWatch {
  const waits = new Set<Wait>()
  let wasTold = false
  let wake: (() => void) | undefined

  async function untilTold(): Promise<void> {
    if (!wasTold) {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      const timer = setTimeout(resolve, pollMs)
      await promise
      clearTimeout(timer)
    }
    wasTold = false
  }

  async function poll(): Promise<void> {
    while (waits.size > 0) {
      await untilTold()
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
    async settled({ id: imageId, ownerId }, name, waitMs) {
      if (waits.size >= maxWaits) return undefined
      const { promise, resolve, reject } = Promise.withResolvers<SettledRendition | undefined>()
      const wait: Wait = {
        ...{ imageId, ownerId, name, deadline: performance.now() + waitMs },
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
    hint(ownerIds) {
      const isWaitedFor = ({ ownerId }: Wait) => ownerIds.length === 0 || ownerIds.includes(ownerId)
      if (![...waits].some(isWaitedFor)) return
      wasTold = true
      wake?.()
    },
  }
}
