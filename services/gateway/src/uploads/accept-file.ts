import { createPendingImage, type Database, findUser, type Image, type User } from '@tintype/database'
import { mediaTypeOf, originalKey, uuidv7 } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import { type Log, Unauthorized, withDetails } from '@tintype/service-kit'
import { FileTooLarge, FormatNotAccepted, ImageDamaged, QuotaExceeded, TooManyPixels } from './errors.ts'
import { type ImageHeader, readImageHeader } from './header/index.ts'
import { displayName } from './names.ts'
import type { SpooledFile } from './spool.ts'

export interface AcceptDependencies {
  database: Database
  store: ObjectStore
  producer: Producer
}

export interface SentFile {
  file: SpooledFile
  /** As it is kept for display. */
  filename: string
  /** As it was sent. */
  title: string
}

/** What the files of one request share. */
export interface UploadRequest {
  /** As read for the last file: a request may take longer than rights last. */
  owner: User
  /** Whether Redis took a job too late. It is not waited for again: the pending sweep finds the images. */
  isQueueAway: boolean
  log: Log
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
  { database, store, producer }: AcceptDependencies,
  request: UploadRequest,
  sent: SentFile,
): Promise<Image> {
  const { file } = sent
  const { log } = request
  const header = await readImageHeader(file)
  if (header.outcome === 'not-an-image') throw withDetails(new FormatNotAccepted(), { field: 'file' })
  if (header.outcome === 'damaged') throw withDetails(new ImageDamaged(header.detail), { field: 'file' })
  const { format, claimedPixels } = header.header

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
  if (owner.usedBytes + file.bytes > tier.quotaBytes || owner.usedImages + 1 > tier.quotaImages) {
    throw quotaExceeded(owner)
  }

  const id = uuidv7()
  const key = originalKey(id)
  await store.put(key, file.stream(), { bytes: file.bytes, contentType: mediaTypeOf(format) })

  const created = await createPendingImage(database, {
    id,
    ownerId: owner.id,
    title: displayName(sent.title, ''),
    filename: sent.filename,
    sha256: file.sha256,
    format,
    ...sizeAsSeen(header.header),
    bytes: file.bytes,
  })
  if (created.outcome !== 'created') {
    await store.delete(key).catch((error: unknown) => {
      log.warn({ err: error, imageId: id }, 'could not delete a refused file; the orphan sweep will')
    })
    throw created.outcome === 'owner-disabled' ? new Unauthorized() : quotaExceeded(owner)
  }

  // The upload is safe now. A job that Redis does not take is found by the pending sweep.
  if (!request.isQueueAway) {
    await producer.enqueueRenditions(id).catch((error: unknown) => {
      request.isQueueAway = true
      log.warn({ err: error, imageId: id }, 'could not enqueue this upload; the pending sweep will')
    })
  }
  return created.image
}

/** EXIF orientations 5 to 8 lay the picture on its side (CIPA DC-008, tag 0x0112). */
function sizeAsSeen({ width, height, orientation = 1 }: ImageHeader): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}

export function fileTooLarge(maxUploadBytes: number): Error {
  return withDetails(new FileTooLarge(maxUploadBytes), { field: 'file', maxUploadBytes })
}

export function quotaExceeded({ tier: { quotaBytes, quotaImages } }: User): Error {
  return withDetails(new QuotaExceeded(), { field: 'file', quotaBytes, quotaImages })
}
