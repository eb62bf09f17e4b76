import {
  completeUpload,
  type Database,
  type DirectUpload,
  findDirectUpload,
  findImage,
  type ImageWithRenditions,
  releaseUpload,
} from '@tintype/database'
import { originalKey, stagingKey, uuidv7 } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { NotFound, toErrorBody, withDetails } from '@tintype/service-kit'
import {
  type AcceptDependencies,
  describeHeader,
  discardOriginal,
  enqueueUpload,
  inspectFile,
  type UploadRequest,
} from '../uploads/accept-file.ts'
import { FileEmpty, SpoolFull } from '../uploads/errors.ts'
import type { Spool, SpooledFile } from '../uploads/spool.ts'
import { ChecksumMismatch, SizeMismatch, UploadExpired, UploadNotArrived } from './errors.ts'

export interface CompleteDependencies extends AcceptDependencies {
  spool: Spool
}

/**
 * Makes an image of what arrived. What is verified is a copy under the image's
 * own key, since whoever sent the file may go on writing over it. A refusal
 * ends the upload; a fault of ours does not, nor does a file that is not there yet.
 *
 * @returns the image; the same one however often, and however many at once, ask.
 * @throws the error to answer with.
 */
export async function completeDirectUpload(
  dependencies: CompleteDependencies,
  request: UploadRequest,
  uploadId: string,
): Promise<ImageWithRenditions> {
  const { database, store, announcer } = dependencies
  const ownerId = request.owner.id
  const upload = await findDirectUpload(database, ownerId, uploadId)
  if (upload === undefined) throw new NotFound()
  if (upload.imageId !== null) return imageOf(database, upload)
  if (upload.isExpired) throw new UploadExpired()

  const imageId = uuidv7()
  if (!(await store.copy(stagingKey(uploadId), originalKey(imageId)))) {
    await store.ping()
    return completedByAnother(database, upload, new UploadNotArrived())
  }
  let verified: Awaited<ReturnType<typeof verifyCopy>>
  try {
    verified = await verifyCopy(dependencies, request, { upload, imageId })
  } catch (error) {
    await discardOriginal(store, imageId, request.log)
    if (!isRefusal(error)) throw error
    if (await releaseUpload(database, ownerId, uploadId)) await deleteStaged(store, uploadId, request)
    return completedByAnother(database, upload, error)
  }

  // Where PostgreSQL fails here the copy is left to the orphan sweep: the commit may have happened.
  const completed = await completeUpload(database, uploadId, {
    id: imageId,
    ownerId,
    title: upload.title,
    filename: upload.filename,
    ...verified,
  })
  if (completed.outcome === 'over') {
    await discardOriginal(store, imageId, request.log)
    return completedByAnother(database, upload, new NotFound())
  }
  announcer.imagesChanged(ownerId)
  await enqueueUpload(dependencies, request, imageId)
  await deleteStaged(store, uploadId, request)
  return { image: completed.image, renditions: [] }
}

/** What a copy is, once it is all that was announced and all that an upload must be. */
async function verifyCopy(
  { database, store, spool }: CompleteDependencies,
  request: UploadRequest,
  { upload, imageId }: { upload: DirectUpload; imageId: string },
) {
  const object = await store.get(originalKey(imageId))
  if (object === undefined) throw new Error('a copy that was just made is not there')
  if (object.bytes !== upload.bytes) {
    object.body.destroy()
    throw object.bytes === 0 ? withDetails(new FileEmpty(), { field: 'file' }) : sizeMismatch(upload)
  }
  const received = await spool.receive(object.body, upload.bytes)
  if (received.outcome === 'spool-full') throw new SpoolFull()
  if (received.outcome === 'broken-off') throw received.cause
  if (received.outcome !== 'received') throw sizeMismatch(upload)
  await using file: SpooledFile = received.file
  if (upload.sha256 !== null && upload.sha256 !== file.sha256) {
    throw withDetails(new ChecksumMismatch(), { field: 'sha256', sha256: file.sha256 })
  }
  const header = await inspectFile(database, request, file, { bytes: upload.bytes, images: 1 })
  return { sha256: file.sha256, bytes: file.bytes, ...describeHeader(header) }
}

export function sizeMismatch({ bytes }: DirectUpload): Error {
  return withDetails(new SizeMismatch(bytes), { field: 'bytes', bytes })
}

/** Whether the file, and not the server or a lost session, is why it was not taken. */
function isRefusal(error: unknown): boolean {
  const { statusCode } = toErrorBody(error)
  return statusCode < 500 && statusCode !== 401
}

/** @throws `otherwise`, unless another call has completed the upload meanwhile. */
async function completedByAnother(
  database: Database,
  { ownerId, id }: DirectUpload,
  otherwise: unknown,
): Promise<ImageWithRenditions> {
  const upload = await findDirectUpload(database, ownerId, id)
  if (upload === undefined || upload.imageId === null) throw otherwise
  return imageOf(database, upload)
}

async function imageOf(database: Database, { ownerId, imageId }: DirectUpload): Promise<ImageWithRenditions> {
  const found = await findImage(database, ownerId, imageId ?? '')
  if (found === undefined) throw new NotFound()
  return found
}

/** Deletes what has arrived. */
export async function deleteStaged(
  store: ObjectStore,
  uploadId: string,
  { log }: Pick<UploadRequest, 'log'>,
): Promise<void> {
  await store.delete(stagingKey(uploadId)).catch((error: unknown) => {
    log.warn({ err: error, uploadId }, 'could not delete what was staged; the orphan sweep will')
  })
}
