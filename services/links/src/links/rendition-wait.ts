import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, findLiveLink, type ResolvableLink, requestRendition } from '@tintype/database'
import { laneOf, type Target } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import { stateOfTarget } from './target.ts'

/** How long a visitor is kept waiting for a rendition that is being made, in milliseconds. */
const WAIT_MS = 5000
const POLL_MS = 100

export interface RenditionWait {
  /** Asks for a rendition that is not there: it was never wanted, or evicted. An original needs no asking. */
  ask(imageId: string, target: Target): Promise<void>
  /**
   * Asks for a link's rendition and waits for it, at most five seconds, and never for AVIF.
   *
   * @returns the link as it is then; undefined where it was ended meanwhile.
   */
  wait(link: ResolvableLink): Promise<ResolvableLink | undefined>
}

export interface RenditionWaitDependencies {
  database: Database
  producer: Pick<Producer, 'enqueueDerivation'>
  log: { warn(details: object, message: string): void }
}

/** However many visit one link meanwhile, this process asks once and watches PostgreSQL once. */
export function createRenditionWait({ database, producer, log }: RenditionWaitDependencies): RenditionWait {
  const underWay = new Map<string, Promise<ResolvableLink | undefined>>()

  async function ask(imageId: string, target: Target): Promise<void> {
    if (target === 'original') return
    await requestRendition(database, imageId, target)
    await producer.enqueueDerivation(laneOf(target), imageId, { urgent: true }).catch((error: unknown) => {
      log.warn({ err: error, imageId }, 'could not enqueue; the pending sweep will')
    })
  }

  async function watch(link: ResolvableLink): Promise<ResolvableLink | undefined> {
    await ask(link.image.id, link.target)
    if (link.target === 'full.avif') return link
    const deadline = performance.now() + WAIT_MS
    let current: ResolvableLink | undefined = link
    while (current !== undefined && stateOfTarget(current).outcome === 'pending') {
      if (performance.now() > deadline) break
      await sleep(POLL_MS)
      current = await findLiveLink(database, link.id)
    }
    return current
  }

  return {
    ask,
    wait(link) {
      let waiting = underWay.get(link.id)
      if (waiting === undefined) {
        waiting = watch(link).finally(() => underWay.delete(link.id))
        underWay.set(link.id, waiting)
      }
      return waiting
    },
  }
}
