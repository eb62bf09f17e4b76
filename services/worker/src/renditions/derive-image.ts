import {
  type Database,
  type Derivation,
  endAttempt,
  failDerivation,
  isDatabaseUnavailable,
  publishConversions,
  publishRenditions,
  releaseDerivation,
  startDerivation,
} from '@tintype/database'
import { type FailureCode, type Lane, originalKey, type RenditionName, uuidv7 } from '@tintype/domain'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import type { Announcer, Logger } from '@tintype/service-kit'
import { DecoderUnavailable, TransferTimeout } from '../pixels/decoder.ts'
import type { DeriveOutcome } from '../pixels/messages.ts'
import { type DecoderPool, DecoderPoolClosed } from '../pixels/pool.ts'

export interface DeriveDependencies {
  database: Database
  store: ObjectStore
  /** What is made here, and of what size AVIF may be. */
  lane: Lane
  avifMaxPixels: number
  announcer: Pick<Announcer, 'imagesChanged'>
  pool: Pick<DecoderPool, 'derive'>
  log: Logger
  /** How long an attempt may last: see `startDerivation`. */
  attemptTimeoutSeconds: number
}

export type DeriveImageOutcome =
  /** Nothing was left to do. */
  | 'settled'
  | 'published'
  /** The picture, or what was wanted of it, is given up for good. */
  | 'failed'
  /** The image was deleted meanwhile. */
  | 'gone'

type Derived = Extract<DeriveOutcome, { outcome: 'derived' }>

/** What was no fault of the picture: no attempt was counted for it, and a later one may succeed. */
export class DerivationFault extends Error {
  override readonly name = 'DerivationFault'
}

/**
 * Makes what an image should have and has not, in one lane. A picture whose decoder crashes
 * is tried again at once, until PostgreSQL has counted `MAX_ATTEMPTS`: it keeps
 * one child busy and nobody else waiting. While its last attempt may still run
 * elsewhere (under a job whose lock was lost) it is not given up.
 *
 * @throws whatever was not the picture's fault (a store or PostgreSQL away, an
 * abort, a last attempt elsewhere). Run again, it goes on from what PostgreSQL holds.
 */
export async function deriveImage(
  dependencies: DeriveDependencies,
  imageId: string,
  signal?: AbortSignal,
): Promise<DeriveImageOutcome> {
  const { database, log, lane, attemptTimeoutSeconds } = dependencies
  for (;;) {
    const start = await startDerivation(database, imageId, { lane, attemptTimeoutSeconds })
    if (start.outcome === 'settled') return 'settled'
    if (start.outcome === 'busy') throw new DerivationFault('the last attempt may still run elsewhere')
    if (start.outcome === 'exhausted') {
      await giveUp(dependencies, imageId, 'TT_DECODER_CRASHED', start.wants)
      log.warn({ imageId, lane, code: 'TT_DECODER_CRASHED' }, 'a picture was given up')
      return 'failed'
    }
    const outcome = await attempt(dependencies, start.derivation, signal)
    if (outcome !== 'crashed') return outcome
    await endAttempt(database, imageId, start.derivation.attempt, lane)
  }
}

async function attempt(
  dependencies: DeriveDependencies,
  derivation: Derivation,
  signal: AbortSignal | undefined,
): Promise<Exclude<DeriveImageOutcome, 'settled'> | 'crashed'> {
  const { pool, log } = dependencies
  const { imageId, wants } = derivation
  try {
    const result = await pool.derive(
      {
        imageId,
        originalKey: originalKey(imageId),
        wants,
        maxPixels: derivation.maxPixels,
        avifMaxPixels: dependencies.avifMaxPixels,
        megapixels: (derivation.width * derivation.height) / 1e6,
        generation: uuidv7(),
      },
      signal,
    )
    switch (result.outcome) {
      case 'derived':
        return await publish(dependencies, imageId, result)
      case 'bad-input':
        await giveUp(dependencies, imageId, result.code, wants)
        log.info({ imageId, code: result.code, detail: result.detail }, 'a picture cannot be used')
        return 'failed'
      case 'missing':
        await confirmMissing(dependencies.store, imageId)
        await giveUp(dependencies, imageId, 'TT_ORIGINAL_MISSING', wants)
        log.error({ imageId }, 'the original of an image is not in the store')
        return 'failed'
      case 'crashed': // the pool has logged why
        return 'crashed'
      case 'fault':
        throw result.unforeseen === true ? new Error(result.message) : new DerivationFault(result.message)
    }
  } catch (error) {
    await recordEnd(dependencies, derivation, isBlameless(error) || signal?.aborted === true)
    throw error
  }
}

async function giveUp(
  { database, announcer }: DeriveDependencies,
  imageId: string,
  code: FailureCode,
  wants: RenditionName[],
): Promise<void> {
  const ownerId = await failDerivation(database, imageId, code, wants)
  if (ownerId !== undefined) announcer.imagesChanged(ownerId)
}

/** Makes the derived objects visible, then deletes those that they replace. */
async function publish(
  { database, store, lane, announcer, log }: DeriveDependencies,
  imageId: string,
  { width, height, thumbhash, renditions, refused }: Derived,
): Promise<'published' | 'gone'> {
  for (const { name, code } of refused) log.info({ imageId, name, code }, 'a rendition cannot be made')
  const files = { files: renditions, refused }
  // Where this throws, nobody knows whether it was committed: the objects stay, for the orphan sweep to judge.
  const published = await (lane === 'thumbnails'
    ? publishRenditions(database, imageId, { width, height, thumbhash, ...files })
    : publishConversions(database, imageId, lane, files))
  if (published.outcome === 'published') announcer.imagesChanged(published.ownerId)
  const unnamed =
    published.outcome === 'published' ? published.replacedKeys : renditions.map((rendition) => rendition.key)
  for (const key of unnamed) {
    try {
      await store.delete(key)
    } catch (error) {
      log.warn({ err: error, imageId }, 'an object that is not needed any more is left to the orphan sweep')
    }
  }
  return published.outcome
}

/** That an original is not there must be the store's word, not that of a folder or bucket that is itself away. */
async function confirmMissing(store: ObjectStore, imageId: string): Promise<void> {
  await store.ping()
  if ((await store.head(originalKey(imageId))) !== undefined) {
    throw new DerivationFault('the store did not find an original that it has')
  }
}

/** Takes the attempt back, or has it count as ended. Where PostgreSQL is away too, it counts and ends in time. */
async function recordEnd(
  { database, log }: DeriveDependencies,
  { imageId, lane, attempt }: Derivation,
  blameless: boolean,
): Promise<void> {
  try {
    await (blameless
      ? releaseDerivation(database, imageId, lane)
      : endAttempt(database, imageId, attempt, lane))
  } catch (error) {
    log.warn({ err: error, imageId }, 'the end of an attempt could not be recorded')
  }
}

/** An unforeseen error is not among them: its attempt counts, so that nothing is tried for ever. */
function isBlameless(error: unknown): boolean {
  return (
    error instanceof DerivationFault ||
    error instanceof DecoderUnavailable ||
    error instanceof TransferTimeout ||
    error instanceof DecoderPoolClosed ||
    error instanceof StoreUnavailable ||
    isDatabaseUnavailable(error)
  )
}
