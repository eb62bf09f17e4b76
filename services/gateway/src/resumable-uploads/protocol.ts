import type { Readable } from 'node:stream'
import { findResumableUpload, type ResumableUpload, releaseUpload, reserveUpload } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { BadRequest, type InTurn, NotFound, Unauthorized, withDetails } from '@tintype/service-kit'
import { DataStore, ERRORS, Metadata, Server, Upload } from '@tus/server'
import { TooManyOpenUploads, UploadCompleted, UploadExpired } from '../direct-uploads/errors.ts'
import { MAX_OPEN_PER_USER } from '../direct-uploads/routes.ts'
import { fileTooLarge, quotaExceeded, type UploadRequest } from '../uploads/accept-file.ts'
import { deleteStaged } from '../uploads/conclude-upload.ts'
import { FileEmpty } from '../uploads/errors.ts'
import { displayName } from '../uploads/names.ts'
import type { RateWatch } from '../uploads/rate-watch.ts'
import { type Checksum, readChecksum } from './checksum.ts'
import { BadUploadHeader, LengthExceeded, OffsetMismatch, UploadLocked } from './errors.ts'
import { type FinishDependencies, finishUpload } from './finish.ts'
import { EXTENSIONS } from './protocol-terms.ts'
import { LIFE_SECONDS, receivePieces } from './receive-pieces.ts'
import type { UploadLock } from './upload-locks.ts'

export interface ProtocolDependencies extends FinishDependencies {
  lockOf: (name: string) => UploadLock
  /** One file of a user's is put together at a time, so that nobody holds the whole spool. */
  inTurn: InTurn
  urlOf: (uploadId: string) => string
}

/** A request of the protocol, without what is HTTP's alone. */
export interface ProtocolRequest {
  method: string
  /** Of the upload; none where one is to be made. */
  id?: string
  headers: Record<string, string>
  body?: ReadableStream
  upload: UploadRequest
  watch: RateWatch
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal
}

export interface ProtocolAnswer {
  status: number
  headers: Record<string, string>
}

/** The header that names the image that an upload became. */
const IMAGE_ID_HEADER = 'tintype-image-id'

/** What the library says of other origins is said by the plugin that knows them. */
const LEFT_OUT = /^(access-control-|content-length$)/

/**
 * Answers one request as the tus protocol 1.0.0 wants it. The library's hooks
 * know no user, so each request has a server of its own: it is no more than a
 * few objects.
 *
 * @throws the error to answer with.
 */
export async function speakTus(
  dependencies: ProtocolDependencies,
  request: ProtocolRequest,
): Promise<ProtocolAnswer> {
  const { method, id, headers, body, gone } = request
  const pieces = new PieceStore(dependencies, request, readChecksum(headers['upload-checksum']))
  let failure: unknown
  const server = new Server({
    path: '/',
    datastore: pieces,
    locker: { newLock: (uploadId) => lockFor(dependencies, request, uploadId) },
    // Whoever asks it to let go is the same client on another connection, as a rule.
    lockDrainTimeout: 1,
    generateUrl: (_request, upload) => dependencies.urlOf(upload.id),
    getFileIdFromRequest: () => id,
    namingFunction: () => uuidv7(),
    onResponseError: (_request, error) => {
      failure = error
      return undefined
    },
  })
  const url = dependencies.urlOf(id ?? '')
  const response = await server.handleWeb(
    new Request(url, { method, headers, ...(body === undefined ? {} : { body, duplex: 'half' }) }),
  )
  // A sender who is not told where it is begins anew.
  if (id === undefined && (failure !== undefined || gone.aborted)) await pieces.giveUp()
  if (failure !== undefined) throw translate(failure)
  if (response.status >= 400) throw new BadUploadHeader((await response.text()).trim())
  const answer = Object.fromEntries([...response.headers].filter(([name]) => !LEFT_OUT.test(name)))
  return { status: response.status, headers: { ...answer, ...pieces.headers() } }
}

/** The library throws plain objects, in English for logs, beside what our own code throws. */
function translate(failure: unknown): unknown {
  switch (failure) {
    case ERRORS.INVALID_OFFSET:
      return new OffsetMismatch()
    case ERRORS.ABORTED:
      return new UploadLocked()
  }
  const { status_code: status, body = '' } = failure as { status_code?: number; body?: string }
  if (status === undefined) return failure
  return status === 413 ? new LengthExceeded() : new BadRequest(body.trim())
}

function lockFor({ lockOf }: ProtocolDependencies, { id, gone, upload }: ProtocolRequest, uploadId: string) {
  // Nobody else knows of one that is being made.
  if (id === undefined) return { lock: async () => {}, unlock: async () => {} }
  // Nobody is asked to let go by a request for what is not theirs.
  const lock = lockOf(`${upload.owner.id}:${uploadId}`)
  return {
    lock: (_signal: AbortSignal, letGo: () => void) => lock.take(gone, letGo),
    unlock: () => lock.release(),
  }
}

/** The uploads of one user, as one request sees them. */
class PieceStore extends DataStore {
  // Its time is PostgreSQL's, where the library would ask this machine's clock.
  override extensions = EXTENSIONS
  #dependencies: ProtocolDependencies
  #request: ProtocolRequest
  #checksum: Checksum | undefined
  #upload: ResumableUpload | undefined

  constructor(dependencies: ProtocolDependencies, request: ProtocolRequest, checksum: Checksum | undefined) {
    super()
    this.#dependencies = dependencies
    this.#request = request
    this.#checksum = checksum
  }

  /** What the answer says beside what the library has it say. */
  headers(): Record<string, string> {
    if (this.#upload === undefined) return {}
    const { imageId, expiresAt } = this.#upload
    return imageId === null ? { 'upload-expires': expiresAt.toUTCString() } : { [IMAGE_ID_HEADER]: imageId }
  }

  override async create(upload: Upload): Promise<Upload> {
    const { owner } = this.#request.upload
    const { maxUploadBytes } = owner.tier
    const { id, size: bytes = 0, metadata = {} } = upload
    if (bytes === 0) throw withDetails(new FileEmpty(), { field: 'upload-length' })
    if (bytes > maxUploadBytes) throw fileTooLarge(maxUploadBytes, 'upload-length')
    // `name` and `type` are what some clients send.
    const { title, filename = metadata.name, filetype = metadata.type } = metadata
    const announced = {
      ...{ id, ownerId: owner.id, bytes, sha256: null },
      title: displayName(title ?? '', ''),
      filename: displayName(filename ?? '', 'untitled'),
      contentType: displayName(filetype ?? '', 'application/octet-stream'),
    }
    const sent = this.#request.headers['upload-metadata'] ?? null
    const reserved = await reserveUpload(
      this.#dependencies.database,
      { ...announced, resumable: { metadata: sent } },
      { lifeSeconds: LIFE_SECONDS, maxOpen: MAX_OPEN_PER_USER },
    )
    switch (reserved.outcome) {
      case 'owner-disabled':
        throw new Unauthorized()
      case 'quota-exceeded':
        throw quotaExceeded(owner)
      case 'too-many-open':
        throw new TooManyOpenUploads(MAX_OPEN_PER_USER)
    }
    const { expiresAt } = reserved
    const fresh = { isExpired: false, imageId: null, receivedBytes: 0, pieces: 0, metadata: sent }
    this.#upload = { ...announced, ...fresh, expiresAt }
    return upload
  }

  override async getUpload(id: string): Promise<Upload> {
    const { owner } = this.#request.upload
    this.#upload = await findResumableUpload(this.#dependencies.database, owner.id, id)
    if (this.#upload === undefined) throw new NotFound()
    if (this.#upload.imageId === null && this.#upload.isExpired) throw new UploadExpired()
    // Whatever kept it from being finished is over, perhaps, and who asks may not ask again.
    await this.#finish(this.#upload)
    const { bytes, receivedBytes, metadata } = this.#upload
    const described = metadata === null ? {} : { metadata: Metadata.parse(metadata) }
    return new Upload({ id, size: bytes, offset: receivedBytes, ...described })
  }

  override async write(body: Readable, id: string): Promise<number> {
    const upload = this.#upload
    if (upload === undefined || upload.id !== id) throw new NotFound()
    const { watch, upload: request } = this.#request
    const reception = { checksum: this.#checksum, watch, log: request.log }
    Object.assign(upload, await receivePieces(this.#dependencies, upload, body, reception))
    await this.#finish(upload)
    return upload.receivedBytes
  }

  override async remove(id: string): Promise<void> {
    const { database, store } = this.#dependencies
    const { upload } = this.#request
    const ownerId = upload.owner.id
    if (!(await releaseUpload(database, { id, ownerId, way: 'resumable' }))) {
      const found = await findResumableUpload(database, ownerId, id)
      throw found === undefined ? new NotFound() : new UploadCompleted()
    }
    await deleteStaged(store, id, upload)
  }

  /** Ends an upload that this request has made, unless it became an image. */
  async giveUp(): Promise<void> {
    if (this.#upload === undefined) return
    const { log } = this.#request.upload
    await this.remove(this.#upload.id).catch((error: unknown) => {
      log.debug({ err: error }, 'an upload that was made in vain is over, or will be in time')
    })
  }

  async #finish(upload: ResumableUpload): Promise<void> {
    if (upload.imageId !== null || upload.receivedBytes < upload.bytes) return
    const { upload: request } = this.#request
    upload.imageId = await this.#dependencies.inTurn(upload.ownerId, () =>
      finishUpload(this.#dependencies, request, upload),
    )
  }
}
