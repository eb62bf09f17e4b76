import {
  createPendingImage,
  type Database,
  findUser,
  type Image,
  listImagesOfRequest,
  type User,
} from '@tintype/database'
import { mediaTypeOf, originalKey, uuidv7 } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import { type Announcer, type Log, Unauthorized, withDetails } from '@tintype/service-kit'
import {
  FileTooLarge,
  FormatNotAccepted,
  ImageDamaged,
  KeyReused,
  QuotaExceeded,
  TooManyPixels,
} from './errors.ts'
import type { Fingerprint } from './fingerprint.ts'
import { type ImageHeader, readImageHeader } from './header/index.ts'
import { displayName } from './names.ts'
import type { SpooledFile } from './spool.ts'

export interface AcceptDependencies {
  database: Database
  store: ObjectStore
  producer: Producer
  announcer: Announcer
}

export interface SentFile {
  file: SpooledFile
  /** As it is kept for display. */
  filename: string
  /** As it was sent. */
  title: string
  /** The file's number in its request, from 0. */
  part: number
}

/** What the files of one request share. */
export interface UploadRequest {
  /** As read for the last file: a request may take longer than rights last. */
  owner: User
  /** Whether Redis took a job too late. It is not waited for again: the pending sweep finds the images. */
  isQueueAway: boolean
  log: Log
  /** Where the request has an Idempotency-Key. */
  retryable?: Retryable | undefined
}

/** A request that its sender may send again. */
export interface Retryable {
  id: string
  fingerprint: Fingerprint
  /** What an earlier try left when it died, by the number of the file. */
  kept: Map<number, Image>
}

/**
 * Turns a received file into an image: checks what it is, stores its bytes,
 * commits its row against the owner's quota, asks for its renditions. In this
 * order a death at any point loses nothing that was answered with success, and
 * leaves nothing that a sweep does not find. Rights are those of the moment.
 *
 * @throws the error to answer with when the file is refused; then no row is
 * left of it, and no object. Where PostgreSQL fails at the commit, the object
 * is left to the orphan sweep: the commit may have happened.
 */
export async function acceptFile(
  dependencies: AcceptDependencies,
  request: UploadRequest,
  { file, filename, title, part }: SentFile,
): Promise<Image> {
  const { database, store, announcer } = dependencies
  const { log, retryable } = request
  const kept = retryable?.kept.get(part)
  if (kept !== undefined) return keptBefore(kept, file)
  const header = await inspectFile(database, request, file)
  const { owner } = request

  const id = uuidv7()
  const key = originalKey(id)
  await store.put(key, file.stream(), { bytes: file.bytes, contentType: mediaTypeOf(header.format) })

  const created = await createPendingImage(database, {
    id,
    ownerId: owner.id,
    title: displayName(title, ''),
    filename,
    sha256: file.sha256,
    bytes: file.bytes,
    ...describeHeader(header),
    request: retryable && { id: retryable.id, part },
  })
  if (created.outcome !== 'created') await discardOriginal(store, id, log)
  switch (created.outcome) {
    case 'created':
      break
    case 'created-before':
      // By somebody who was taken for dead and was not.
      return keptBefore((await listImagesOfRequest(database, retryable?.id ?? '')).get(part), file)
    case 'owner-disabled':
      throw new Unauthorized()
    case 'quota-exceeded':
      throw quotaExceeded(owner)
  }

  announcer.imagesChanged(owner.id)
  // The upload is safe now. A job that Redis does not take is found by the pending sweep.
  if (!request.isQueueAway) await enqueueUpload(dependencies, request, id)
  return created.image
}

/** @throws KeyReused unless it is the same file. */
function keptBefore(image: Image | undefined, file: SpooledFile): Image {
  if (image?.sha256 !== file.sha256) throw new KeyReused()
  return image
}

/** What of its owner's usage is a file's own already. */
export interface Reserved {
  bytes: number
  images: number
}

/**
 * Checks all that can be checked before a file is stored, by its bytes and by
 * its owner's rights of the moment, which `request.owner` has afterwards.
 *
 * @throws the error to answer with.
 */
export async function inspectFile(
  database: Database,
  request: Pick<UploadRequest, 'owner'>,
  file: SpooledFile,
  reserved: Reserved = { bytes: 0, images: 0 },
): Promise<ImageHeader> {
  const header = await readImageHeader(file)
  if (header.outcome === 'not-an-image') throw withDetails(new FormatNotAccepted(), { field: 'file' })
  if (header.outcome === 'damaged') throw withDetails(new ImageDamaged(header.detail), { field: 'file' })
  const { claimedPixels } = header.header

  const owner = await findUser(database, request.owner.id)
  if (owner?.disabledAt !== null) throw new Unauthorized()
  request.owner = owner
  const { tier } = owner
  if (file.bytes > tier.maxUploadBytes) throw fileTooLarge(tier.maxUploadBytes)
  if (claimedPixels > tier.maxPixels) {
    throw withDetails(new TooManyPixels(claimedPixels, tier.maxPixels), {
      field: 'file',
      maxPixels: tier.maxPixels,
    })
  }
  // Decided at the commit: this only spares the store a file that cannot fit.
  const bytes = owner.usedBytes - reserved.bytes + file.bytes
  const images = owner.usedImages - reserved.images + 1
  if (bytes > tier.quotaBytes || images > tier.quotaImages) throw quotaExceeded(owner)
  return header.header
}

/** What an image's row says of its file's header. */
export function describeHeader(header: ImageHeader) {
  return { format: header.format, ...sizeAsSeen(header) }
}

/** Asks for a new image's renditions, or leaves it to the pending sweep where Redis is away. */
export async function enqueueUpload(
  { producer }: Pick<AcceptDependencies, 'producer'>,
  request: Pick<UploadRequest, 'isQueueAway' | 'log'>,
  imageId: string,
): Promise<void> {
  await producer.enqueueRenditions(imageId).catch((error: unknown) => {
    request.isQueueAway = true
    request.log.warn({ err: error, imageId }, 'could not enqueue this upload; the pending sweep will')
  })
}

/** Deletes the bytes of a file that became no image. */
export async function discardOriginal(store: ObjectStore, imageId: string, log: Log): Promise<void> {
  await store.delete(originalKey(imageId)).catch((error: unknown) => {
    log.warn({ err: error, imageId }, 'could not delete a refused file; the orphan sweep will')
  })
}

/** EXIF orientations 5 to 8 lay the picture on its side (CIPA DC-008, tag 0x0112). */
function sizeAsSeen({ width, height, orientation = 1 }: ImageHeader): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}

export function fileTooLarge(maxUploadBytes: number, field = 'file'): Error {
  return withDetails(new FileTooLarge(maxUploadBytes), { field, maxUploadBytes })
}

export function quotaExceeded({ tier: { quotaBytes, quotaImages } }: User): Error {
  return withDetails(new QuotaExceeded(), { field: 'file', quotaBytes, quotaImages })
}
