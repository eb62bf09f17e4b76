import { DetailedError, type HttpRequest, type HttpResponse, type HttpStack, Upload } from 'tus-js-client'
import { bodyOf, type Context, expected, pathOf } from './context.ts'
import { endsUpload, isPassing, parseJson, TintypeError, toError } from './errors.ts'
import { eitherOf } from './pause.ts'
import { sendBody } from './send-body.ts'
import { isIdempotent, readWhole } from './transport.ts'
import type { Image } from './types.ts'
import { nameOf, type UploadOptions, type UploadUrls } from './upload-options.ts'

const PATH = '/v1/tus'
/** One request carries so much, so that a lost connection loses no more, and proxies that gather bodies let it pass. */
const CHUNK_BYTES = 8 * 1024 * 1024
const GONE = new Set([404, 410])
const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 15_000]

/**
 * Uploads a file by the tus protocol (https://tus.io/protocols/resumable-upload):
 * what a broken connection cuts goes on where it stopped, and so does the next
 * call for the same file where `uploadUrls` remembers it.
 */
export async function uploadResumably(
  context: Context,
  file: Blob,
  { title, filename = nameOf(file), onProgress, signal, uploadUrls = ownUrls(), ...options }: UploadOptions,
): Promise<Image> {
  const endpoint = context.urlOf(PATH)
  const key = options.uploadKey ?? keyOf(endpoint, file, { filename, title })
  const kept = await uploadUrls?.get(key)
  // Whatever else may be kept there, no token goes to it.
  const known = kept?.includes(PATH) ? kept : undefined
  signal?.throwIfAborted()
  const finished = Promise.withResolvers<void>()
  let imageId: string | undefined
  const keep = async (url: string) => uploadUrls?.set(key, url)

  const upload = new Upload(file, {
    endpoint,
    uploadUrl: known ?? null,
    metadata: { filename, filetype: file.type, ...(title === undefined ? {} : { title }) },
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    onShouldRetry(error) {
      const cause = toTintypeError(error)
      return !signal?.aborted && cause instanceof TintypeError && isPassing(cause)
    },
    storeFingerprintForResuming: false,
    // Both are the same wherever it runs.
    httpStack: createStack(context, signal),
    fileReader: { openFile: async (blob: Blob) => sourceOf(blob) },
    fingerprint: async () => key,
    onUploadUrlAvailable: () => {
      const { url } = upload
      if (url !== null && url !== known) keep(url).catch(stop)
    },
    onAfterResponse: (_request, response) => {
      imageId = response.getHeader('tintype-image-id') ?? imageId
    },
    onProgress: (sentBytes, totalBytes) => onProgress?.({ sentBytes, totalBytes }),
    onSuccess: () => finished.resolve(),
    onError: (error) => finished.reject(toTintypeError(error)),
  })
  function stop(reason: unknown): void {
    void upload.abort()
    finished.reject(reason)
  }
  const onAbort = () => stop(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    upload.start()
    await finished.promise
    const path = { id: expected(imageId, 'id of an image') }
    const image = await bodyOf(
      context.api.GET('/v1/images/{id}', { params: { path }, signal: signal ?? null }),
    )
    // Only now: without its answer, the next call learns by the address what became of the file.
    await uploadUrls?.delete(key)
    return image
  } catch (error) {
    if (endsUpload(error)) await uploadUrls?.delete(key)
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function sourceOf(blob: Blob) {
  return {
    size: blob.size,
    slice: async (start: number, end: number) => ({ value: blob.slice(start, end), done: end >= blob.size }),
    close() {},
  }
}

/** tus over the client's own transport: signed in, carried on, and as patient as it. */
function createStack(context: Context, signal: AbortSignal | undefined): HttpStack {
  return {
    getName: () => 'TintypeStack',
    createRequest: (method, url) => createRequest(context, { method, url, signal }),
  }
}

function createRequest(
  { transport, fetch, urlOf, credentials }: Context,
  { method, url, signal }: { method: string; url: string; signal: AbortSignal | undefined },
): HttpRequest {
  const headers: Record<string, string> = {}
  const aborted = new AbortController()
  let onSent: ((bytes: number) => void) | undefined
  return {
    getMethod: () => method,
    getURL: () => url,
    setHeader(name, value) {
      headers[name] = value
    },
    getHeader: (name) => headers[name],
    setProgressHandler(handler) {
      onSent = handler
    },
    async send(body: Blob | null = null) {
      const request = { url: urlOf(pathOf(url, PATH)), method, body, onSent, credentials }
      const response = await transport.send(
        async (added, signal) =>
          readWhole(await sendBody({ ...request, signal, headers: { ...headers, ...added } }, fetch)),
        // A part is sent again from the offset that the server tells, and so by tus itself.
        { isSafe: isIdempotent(method), signal: eitherOf(aborted.signal, signal) },
      )
      // Any refusal but 423 has tus begin anew: right is that where the upload is gone.
      if (method === 'HEAD' && !response.ok && !GONE.has(response.status)) throw toError(response, undefined)
      return answerOf(response, await response.text())
    },
    async abort() {
      aborted.abort()
    },
    getUnderlyingObject: () => undefined,
  }
}

function answerOf(response: Response, text: string): HttpResponse {
  return {
    getStatus: () => response.status,
    getHeader: (name) => response.headers.get(name) ?? undefined,
    getBody: () => text,
    getUnderlyingObject: () => response,
  }
}

function toTintypeError(error: Error | DetailedError): unknown {
  if (!(error instanceof DetailedError)) return error
  if (error.originalResponse !== null) {
    const response = error.originalResponse.getUnderlyingObject() as Response
    return toError(response, parseJson(error.originalResponse.getBody()))
  }
  // Of the transport, or of reading the file.
  if (error.causingError !== null) return error.causingError
  return new TintypeError(error.message, { code: 'NETWORK', cause: error })
}

/** As tus clients tell files apart: reading them to know would take as long as sending them. */
function keyOf(
  endpoint: string,
  file: Blob,
  { filename, title = '' }: { filename: string; title: string | undefined },
): string {
  const modified = 'lastModified' in file ? String(file.lastModified) : ''
  return ['tintype', endpoint, filename, file.type, file.size, modified, title].join('::')
}

/** The storage that a browser keeps for the page's origin. */
function ownUrls(): UploadUrls | undefined {
  const storage = ownStorage()
  if (storage === undefined) return undefined
  return {
    get: (key) => storage.getItem(key) ?? undefined,
    set(key, url) {
      try {
        storage.setItem(key, url)
      } catch {
        // It is full: the next page begins anew.
      }
    },
    delete: (key) => storage.removeItem(key),
  }
}

function ownStorage(): Storage | undefined {
  try {
    return typeof window === 'undefined' ? undefined : window.localStorage
  } catch {
    // The page may keep nothing.
    return undefined
  }
}
