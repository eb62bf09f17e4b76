import { type Database, type ImageWithRenditions, type Rendition, requestRendition } from '@tintype/database'
import type { FailureCode, RenditionName } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import type { Log } from '@tintype/service-kit'
import { watchRenditions } from './rendition-watch.ts'

/** How long a request waits for a thumbnail that is being made, in milliseconds. */
const WAIT_MS = 5000

export type ThumbnailOutcome =
  | { outcome: 'ready'; file: NonNullable<Rendition['file']> }
  | { outcome: 'pending' }
  | { outcome: 'failed'; code: FailureCode }
  /** The image was deleted meanwhile. */
  | { outcome: 'gone' }

export interface Thumbnails {
  /** The thumbnail's file, made now where it is not there yet. Waits at most five seconds. */
  obtain(found: ImageWithRenditions, name: RenditionName, log: Log): Promise<ThumbnailOutcome>
}

/**
 * Thumbnails, made on first request where they are missing. However many ask
 * for one at once, this process asks for it once; however many it waits for,
 * it watches PostgreSQL with one query. Past 500 the answer is «pending» at once.
 */
export function createThumbnails({
  database,
  producer,
}: {
  database: Database
  producer: Producer
}): Thumbnails {
  const watch = watchRenditions(database)
  const underWay = new Map<string, Promise<ThumbnailOutcome>>()

  return {
    async obtain(found, name, log) {
      const now = look(found, name)
      if (now.outcome !== 'pending') return now
      const flight = `${found.image.id}/${name}`
      let waiting = underWay.get(flight)
      if (waiting === undefined) {
        waiting = make(found.image, name, log).finally(() => underWay.delete(flight))
        underWay.set(flight, waiting)
      }
      return waiting
    },
  }

  async function make(
    image: ImageWithRenditions['image'],
    name: RenditionName,
    log: Log,
  ): Promise<ThumbnailOutcome> {
    await requestRendition(database, image.id, name)
    await producer.enqueueRenditions(image.id, { urgent: true }).catch((error: unknown) => {
      log.warn({ err: error, imageId: image.id }, 'could not enqueue; the pending sweep will')
    })
    return (await watch.settled(image.id, name, WAIT_MS)) ?? { outcome: 'pending' }
  }
}

function look({ image, renditions }: ImageWithRenditions, name: RenditionName): ThumbnailOutcome {
  const rendition = renditions.find((one) => one.name === name)
  if (rendition?.file !== undefined) return { outcome: 'ready', file: rendition.file }
  const code = rendition?.failureCode ?? image.failureCode
  return code === undefined || code === null ? { outcome: 'pending' } : { outcome: 'failed', code }
}
