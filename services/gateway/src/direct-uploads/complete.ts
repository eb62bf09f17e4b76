import {
  type Database,
  type DirectUpload,
  findDirectUpload,
  findImage,
  type ImageWithRenditions,
} from '@tintype/database'
import { originalKey, stagingKey, uuidv7 } from '@tintype/domain'
import { NotFound, withDetails } from '@tintype/service-kit'
import {
  type AcceptDependencies,
  describeHeader,
  inspectFile,
  type UploadRequest,
} from '../uploads/accept-file.ts'
import { completedByAnother, concludeUpload } from '../uploads/conclude-upload.ts'
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
  const { database, store } = dependencies
  const ownerId = request.owner.id
  const upload = await findDirectUpload(database, ownerId, uploadId)
  if (upload === undefined) throw new NotFound()
  if (upload.imageId !== null) return imageOf(database, ownerId, upload.imageId)
  if (upload.isExpired) throw new UploadExpired()

  const imageId = uuidv7()
  if (!(await store.copy(stagingKey(uploadId), originalKey(imageId)))) {
    await store.ping()
    const completed = await completedByAnother(
      dependencies,
      { way: 'direct', upload },
      new UploadNotArrived(),
    )
    return imageOf(database, ownerId, completed.imageId)
  }
  const verify = () => verifyCopy(dependencies, request, { upload, imageId })
  const made = await concludeUpload(dependencies, request, { way: 'direct', upload, imageId, verify })
  if (made.image === undefined) return imageOf(database, ownerId, made.imageId)
  return { image: made.image, renditions: [] }
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

async function imageOf(database: Database, ownerId: string, imageId: string): Promise<ImageWithRenditions> {
  const found = await findImage(database, ownerId, imageId)
  if (found === undefined) throw new NotFound()
  return found
}
