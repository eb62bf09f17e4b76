import {
  type Database,
  type ImageWithRenditions,
  type RenditionState,
  requestRendition,
  stateOfRendition,
} from '@tintype/database'
import { laneOf, type RenditionName } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import type { Log } from '@tintype/service-kit'
import { watchRenditions } from './rendition-watch.ts'

/** How long a request waits for a rendition that is being made, in milliseconds. */
const WAIT_MS = 5000

export type RenditionOutcome =
  | RenditionState
  /** The image was deleted meanwhile. */
  | { outcome: 'gone' }

export interface Renditions {
  /** Has a rendition made that `look` does not find. Waits at most five seconds, and never for AVIF. */
  make(found: ImageWithRenditions, name: RenditionName, log: Log): Promise<RenditionOutcome>
  /** Has a rendition be made for those who come later. Nobody waits for it. */
  prepare(found: ImageWithRenditions, name: RenditionName, log: Log): void
  /** Something happened to images of these users, or of anybody where none is named. */
  hint(ownerIds: string[]): void
}

/**
 * Renditions, made on first request where they are missing. However many ask
 * for one at once, this process asks for it once, and of several processes the
 * queue keeps one job; however many it waits for, it watches PostgreSQL with
 * one query at a time. Past 500 the answer is «pending» at once.
 */
export function createRenditions({
  database,
  producer,
}: {
  database: Database
  producer: Pick<Producer, 'enqueueDerivation'>
}): Renditions {
  const watch = watchRenditions(database)
  const underWay = new Map<string, Promise<RenditionOutcome>>()

  return {
    make: (found, name, log) => once(found, name, () => make(found.image, name, log)),
    prepare(found, name, log) {
      if (found.renditions.some((one) => one.name === name)) return
      once(found, name, () => ask(found.image, name, log)).catch((error: unknown) => {
        log.warn({ err: error, imageId: found.image.id, name }, 'a rendition could not be asked for')
      })
    },
    hint: watch.hint,
  }

  function once(
    { image }: ImageWithRenditions,
    name: RenditionName,
    work: () => Promise<RenditionOutcome>,
  ): Promise<RenditionOutcome> {
    const flight = `${image.id}/${name}`
    let waiting = underWay.get(flight)
    if (waiting === undefined) {
      waiting = work().finally(() => underWay.delete(flight))
      underWay.set(flight, waiting)
    }
    return waiting
  }

  async function make(
    image: ImageWithRenditions['image'],
    name: RenditionName,
    log: Log,
  ): Promise<RenditionOutcome> {
    const { id } = image
    await requestRendition(database, id, name)
    await enqueue(id, name, { urgent: true }, log)
    // DESIGN: no AVIF is encoded while someone waits.
    if (laneOf(name) === 'avif') return { outcome: 'pending' }
    return (await watch.settled(image, name, WAIT_MS)) ?? { outcome: 'pending' }
  }

  async function ask(
    { id }: ImageWithRenditions['image'],
    name: RenditionName,
    log: Log,
  ): Promise<RenditionOutcome> {
    if (await requestRendition(database, id, name)) await enqueue(id, name, {}, log)
    return { outcome: 'pending' }
  }

  async function enqueue(
    imageId: string,
    name: RenditionName,
    options: { urgent?: boolean },
    log: Log,
  ): Promise<void> {
    await producer.enqueueDerivation(laneOf(name), imageId, options).catch((error: unknown) => {
      log.warn({ err: error, imageId }, 'could not enqueue; the pending sweep will')
    })
  }
}

/** What there is of a rendition, as its row was read. */
export function look({ image, renditions }: ImageWithRenditions, name: RenditionName): RenditionState {
  return stateOfRendition(
    image,
    renditions.find((one) => one.name === name),
  )
}
