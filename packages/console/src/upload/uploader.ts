import { type Image, TintypeError, type User } from '@tintype/sdk'
import Uppy, { type Body, type Meta, type State, type UppyFile } from '@uppy/core'
import GoldenRetriever from '@uppy/golden-retriever'
import { RateLimitedQueue } from '@uppy/utils'
import { client } from '../app/client.ts'
import { isUnauthorized, noticeExpiry, untilSignedIn } from '../app/session.ts'
import { putNewImage } from '../images/gallery-query.ts'
import { explain } from '../parts/explain.ts'
import { formatLimit } from '../parts/format.ts'
import { words } from '../words/index.ts'
import type { Upload } from './upload.ts'

export interface Uploader {
  /** Of the user as they are now: their limits may have changed. */
  add(files: File[], user: User): void
  pauseOrResume(id: string): void
  /** Ends it, or takes it off the list. */
  remove(id: string): void
  retry(id: string): void
  pauseAll(): void
  resumeAll(): void
  cancelAll(): void
  clearDone(): void
}

type QueuedFile = UppyFile<Meta, Body>

/** The server lets a user send eight at once; other tabs and programs want some too. */
const AT_ONCE = 3
/** Copied by the browser to where they outlive a reload; of what is above it, somebody chooses the rest again. */
const MAX_KEPT_BYTES = 2_000_000_000

/**
 * Uppy has the list, its restrictions and its states, and remembers them over a
 * reload; the bytes go by the client library. Large ones by the tus protocol:
 * paused or cut off, they go on where they stopped.
 */
export function createUploader(user: User, onChange: (uploads: Upload[]) => void): Uploader {
  const uppy = new Uppy<Meta, Body>({
    id: `tintype-${user.id}`,
    autoProceed: true,
    ...limitsOf(user),
  })
  const { capabilities } = uppy.getState()
  uppy.setState({ capabilities: { ...capabilities, resumableUploads: true, individualCancellation: true } })

  let refused: Upload[] = []
  /** Those that the server could not be reached for. */
  const unreached = new Set<string>()
  const fileOf = (id: string): QueuedFile | undefined => uppy.getState().files[id]
  const show = () => onChange([...uppy.getFiles().map(uploadOf), ...refused])

  const attempt = new RateLimitedQueue(AT_ONCE).wrapPromiseFunction(attemptNow)

  async function attemptNow(id: string): Promise<'over' | 'again'> {
    const file = fileOf(id)
    if (file === undefined || file.isGhost || isRefusal(file.error) || file.progress.uploadComplete)
      return 'over'
    if (file.isPaused) return 'again'
    unreached.delete(id)
    const stopped = new AbortController()
    const stopWhenAsked = () => {
      if (fileOf(id)?.isPaused !== false) stopped.abort()
    }
    uppy.emit('upload-start', [file])
    uppy.setFileState(id, { isPaused: false })
    uppy.on('state-update', stopWhenAsked)
    try {
      const image = await send(file, stopped.signal)
      uppy.emit('upload-success', fileOf(id), { status: 202, body: { imageId: image.id }, uploadURL: '' })
      putNewImage(image)
      return 'over'
    } catch (error) {
      if (stopped.signal.aborted) return 'again'
      if (isUnauthorized(error)) {
        noticeExpiry(error)
        await untilSignedIn()
        return 'again'
      }
      if (error instanceof TintypeError && error.code === 'NETWORK') unreached.add(id)
      uppy.emit('upload-error', fileOf(id), new Error(explain(error), { cause: error }))
      return 'over'
    } finally {
      uppy.off('state-update', stopWhenAsked)
    }
  }

  function send(file: QueuedFile, signal: AbortSignal): Promise<Image> {
    return client.images.upload(file.data as Blob, {
      filename: file.name,
      uploadKey: [uppy.getID(), file.id].join(),
      signal,
      onProgress({ sentBytes, totalBytes }) {
        const uploadStarted = fileOf(file.id)?.progress.uploadStarted ?? Date.now()
        const progress = { uploadStarted, bytesUploaded: sentBytes, bytesTotal: totalBytes }
        uppy.emit('upload-progress', fileOf(file.id), progress)
      },
    })
  }

  function untilResumed(id: string): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (fileOf(id)?.isPaused) return
        uppy.off('state-update', check)
        resolve()
      }
      uppy.on('state-update', check)
      check()
    })
  }

  async function upload(id: string): Promise<void> {
    do await untilResumed(id)
    while ((await attempt(id)) === 'again')
  }

  uppy.addUploader(async (ids) => {
    await Promise.all(ids.map(upload))
  })
  const kept = { name: 'tintype-uploads', maxFileSize: MAX_KEPT_BYTES, maxTotalSize: MAX_KEPT_BYTES }
  /** The list as it was before that of an earlier page came in its place: with what was picked meanwhile. */
  let picked: Pick<State<Meta, Body>, 'files' | 'currentUploads'> | undefined
  uppy.on('state-update', (before, _after, change) => {
    if (change?.files !== undefined && 'recoveredState' in change) picked = before
  })
  uppy.use(GoldenRetriever, { indexedDB: kept })
  uppy.on('restored', () => {
    const restored = uppy.getFiles()
    // Has all of them go on: those too that somebody has paused, and those that were refused.
    uppy.emit('restore-confirmed')
    for (const { id, isPaused = false, error = null } of restored) {
      if (isPaused || isRefusal(error)) uppy.setFileState(id, { isPaused, error })
    }
    // Behind that, which would begin their uploads a second time.
    const { files, currentUploads } = uppy.getState()
    uppy.setState({
      files: { ...files, ...picked?.files },
      currentUploads: { ...currentUploads, ...picked?.currentUploads },
    })
  })
  uppy.on('back-online', () => {
    // What the server has refused, it refuses again.
    for (const id of unreached) if (isRefusal(fileOf(id)?.error)) void uppy.retryUpload(id)
    unreached.clear()
  })
  uppy.on('restriction-failed', (file, error) => {
    const { name = '', size } = file ?? {}
    const id = crypto.getRandomValues(new Uint32Array(2)).join('-')
    const bytes = size ?? 0
    refused.push({ id, name, bytes, sentBytes: 0, state: 'refused', reason: error.message, canRetry: false })
    show()
  })
  uppy.on('state-update', show)

  return {
    add(files, user) {
      uppy.setOptions(limitsOf(user))
      // Who sends the same file again means to.
      uppy.removeFiles(doneIds())
      uppy.addFiles(files.map((data) => ({ data, name: data.name, type: data.type })))
    },
    pauseOrResume: (id) => void uppy.pauseResume(id),
    remove(id) {
      refused = refused.filter((one) => one.id !== id)
      if (fileOf(id) === undefined) show()
      else uppy.removeFile(id)
    },
    retry: (id) => void uppy.retryUpload(id),
    pauseAll: () => setAllPaused(true),
    resumeAll: () => setAllPaused(false),
    cancelAll() {
      refused = []
      uppy.cancelAll()
    },
    clearDone() {
      refused = []
      uppy.removeFiles([...doneIds(), ...refusedIds()])
      show()
    },
  }

  /** Uppy's own leaves out those that wait, and tries again what was refused. */
  function setAllPaused(isPaused: boolean): void {
    const files = Object.entries(uppy.getState().files).map(([id, file]) => {
      const isOver = file.progress.uploadComplete || isRefusal(file.error)
      return [id, isOver ? file : { ...file, isPaused }]
    })
    uppy.setState({ files: Object.fromEntries(files) })
  }

  function doneIds(): string[] {
    return uppy
      .getFiles()
      .filter(({ progress }) => progress.uploadComplete)
      .map(({ id }) => id)
  }

  function refusedIds(): string[] {
    return uppy
      .getFiles()
      .filter(({ error }) => isRefusal(error))
      .map(({ id }) => id)
  }
}

function limitsOf({ tier: { maxUploadBytes } }: User) {
  return {
    restrictions: { maxFileSize: maxUploadBytes, minFileSize: 1 },
    locale: {
      strings: {
        exceedsSize: words.upload.tooLarge(formatLimit(maxUploadBytes)),
        inferiorSize: words.upload.empty,
        noDuplicates: words.upload.twice,
      },
      pluralize: (n: number) => (n === 1 ? 0 : 1),
    },
  }
}

/** Why it was refused, as Uppy keeps it. */
function isRefusal(error: string | null | undefined): error is string {
  return typeof error === 'string'
}

function uploadOf(file: QueuedFile): Upload {
  const { id, name, size, error, progress, isGhost, isPaused } = file
  const state = () => {
    if (isRefusal(error)) return 'refused'
    if (isGhost) return 'cut-off'
    if (progress.uploadComplete) return 'done'
    if (isPaused) return 'paused'
    return progress.uploadStarted ? 'sending' : 'waiting'
  }
  return {
    id,
    name,
    bytes: size ?? 0,
    sentBytes: progress.uploadComplete ? (size ?? 0) : Number(progress.bytesUploaded) || 0,
    state: state(),
    reason: isRefusal(error) ? error : undefined,
    canRetry: isRefusal(error),
  }
}
