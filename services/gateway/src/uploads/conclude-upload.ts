import {
  completeUpload,
  type DirectUpload,
  findDirectUpload,
  findResumableUpload,
  type Image,
  type NewImage,
  releaseUpload,
  type UploadWay,
} from '@tintype/database'
import { stagingKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { NotFound, toErrorBody } from '@tintype/service-kit'
import { type AcceptDependencies, discardOriginal, enqueueUpload, type UploadRequest } from './accept-file.ts'

const FIND = { direct: findDirectUpload, resumable: findResumableUpload } as const

export interface Conclusion {
  way: UploadWay
  upload: DirectUpload
  /** What it is to become. */
  imageId: string
  /** Tells what the picture is, once its bytes are under the image's own key. @throws why it is not taken. */
  verify(): Promise<Omit<NewImage, 'id' | 'ownerId' | 'title' | 'filename'>>
}

/**
 * Makes an image of an announced upload that has arrived, in place of its
 * reservation. A refusal ends the upload; a fault of ours does not.
 *
 * @returns the image, without its row where another call has made one meanwhile.
 * @throws the error to answer with.
 */
export async function concludeUpload(
  dependencies: AcceptDependencies,
  request: UploadRequest,
  conclusion: Conclusion,
): Promise<{ imageId: string; image?: Image }> {
  const { database, store, announcer } = dependencies
  const { way, upload, imageId, verify } = conclusion
  const { id, ownerId, title, filename } = upload
  let verified: Awaited<ReturnType<typeof verify>>
  try {
    verified = await verify()
  } catch (error) {
    await discardOriginal(store, imageId, request.log)
    if (!isRefusal(error)) throw error
    if (await releaseUpload(database, { id, ownerId, way })) await deleteStaged(store, id, request)
    return completedByAnother(dependencies, conclusion, error)
  }

  // Where PostgreSQL fails here the original is left to the orphan sweep: the commit may have happened.
  const completed = await completeUpload(database, id, { id: imageId, ownerId, title, filename, ...verified })
  if (completed.outcome === 'over') {
    await discardOriginal(store, imageId, request.log)
    return completedByAnother(dependencies, conclusion, new NotFound())
  }
  announcer.imagesChanged(ownerId)
  await enqueueUpload(dependencies, request, imageId)
  await deleteStaged(store, id, request)
  return { imageId, image: completed.image }
}

/** Whether the file, and not the server or a lost session, is why it was not taken. */
function isRefusal(error: unknown): boolean {
  const { statusCode } = toErrorBody(error)
  return statusCode < 500 && statusCode !== 401
}

/** @throws `otherwise`, unless another call has completed the upload meanwhile. */
export async function completedByAnother(
  { database }: Pick<AcceptDependencies, 'database'>,
  { way, upload: { ownerId, id } }: Pick<Conclusion, 'way' | 'upload'>,
  otherwise: unknown,
): Promise<{ imageId: string }> {
  const upload = await FIND[way](database, ownerId, id)
  if (upload?.imageId == null) throw otherwise
  return { imageId: upload.imageId }
}

/** Deletes what has arrived. */
export async function deleteStaged(
  store: ObjectStore,
  uploadId: string,
  { log }: Pick<UploadRequest, 'log'>,
): Promise<void> {
  await store.deletePrefix(stagingKey(uploadId)).catch((error: unknown) => {
    log.warn({ err: error, uploadId }, 'could not delete what was staged; the orphan sweep will')
  })
}
