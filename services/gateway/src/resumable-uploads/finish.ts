import { Readable } from 'node:stream'
import { listUploadPieces, type ResumableUpload, type UploadPiece } from '@tintype/database'
import { mediaTypeOf, originalKey, stagingPieceKey, uuidv7 } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import {
  type AcceptDependencies,
  describeHeader,
  inspectFile,
  type UploadRequest,
} from '../uploads/accept-file.ts'
import { concludeUpload } from '../uploads/conclude-upload.ts'
import { SpoolFull } from '../uploads/errors.ts'
import type { Spool } from '../uploads/spool.ts'

export interface FinishDependencies extends AcceptDependencies {
  spool: Spool
}

/**
 * Makes an image of an upload all of whose pieces are there. A file that is
 * refused ends the upload; a fault of ours leaves it to be finished later.
 *
 * @returns the image's id.
 * @throws the error to answer with.
 */
export async function finishUpload(
  dependencies: FinishDependencies,
  request: UploadRequest,
  upload: ResumableUpload,
): Promise<string> {
  const imageId = uuidv7()
  const verify = () => assemble(dependencies, request, { upload, imageId })
  const made = await concludeUpload(dependencies, request, { way: 'resumable', upload, imageId, verify })
  return made.imageId
}

/** Puts the pieces together, as one file that is all that an upload must be, under the image's own key. */
async function assemble(
  { database, store, spool }: FinishDependencies,
  request: UploadRequest,
  { upload, imageId }: { upload: ResumableUpload; imageId: string },
) {
  const pieces = await listUploadPieces(database, upload.id)
  const whole = Readable.from(bytesOf(store, upload.id, pieces), { objectMode: false })
  const received = await spool.receive(whole, upload.bytes)
  // Its rest is not read from the store for nothing.
  if (received.outcome !== 'received') whole.destroy()
  if (received.outcome === 'spool-full') throw new SpoolFull()
  if (received.outcome === 'broken-off') throw received.cause
  if (received.outcome !== 'received') throw new Error(`the pieces of an upload are ${received.outcome}`)
  await using file = received.file
  if (file.bytes !== upload.bytes) throw new Error('the pieces of an upload do not make it up')
  const header = await inspectFile(database, request, file, { bytes: upload.bytes, images: 1 })
  const { sha256, bytes } = file
  const contentType = mediaTypeOf(header.format)
  await store.put(originalKey(imageId), file.stream(), { bytes, contentType })
  return { sha256, bytes, ...describeHeader(header) }
}

async function* bytesOf(
  store: ObjectStore,
  uploadId: string,
  pieces: UploadPiece[],
): AsyncGenerator<Uint8Array> {
  for (const { name } of pieces) {
    const piece = await store.get(stagingPieceKey(uploadId, name))
    if (piece === undefined) throw new Error('a piece of an upload is not in the store')
    yield* piece.body
  }
}
