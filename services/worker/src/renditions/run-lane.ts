import { listWantedLanes } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import { type DeriveDependencies, type DeriveImageOutcome, deriveImage } from './derive-image.ts'

export interface LaneDependencies extends DeriveDependencies {
  producer: Pick<Producer, 'enqueueDerivation'>
}

/**
 * Runs one job of the thumbnails' lane: when the thumbnails are there, what the
 * picture lacks in the other lanes is asked for in their queues. Also when there
 * was nothing to do, so that a job which comes again after a death between the
 * two goes on.
 *
 * @throws as `deriveImage`, and `QueueUnavailable`.
 */
export async function runThumbnails(
  dependencies: LaneDependencies,
  imageId: string,
  signal?: AbortSignal,
): Promise<DeriveImageOutcome> {
  const outcome = await deriveImage(dependencies, imageId, signal)
  if (outcome !== 'published' && outcome !== 'settled') return outcome
  for (const lane of await listWantedLanes(dependencies.database, imageId)) {
    // What is wanted of its own lane was asked for meanwhile, with a job of its own.
    if (lane !== dependencies.lane) await dependencies.producer.enqueueDerivation(lane, imageId)
  }
  return outcome
}
