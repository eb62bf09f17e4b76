import { DetailedError, type HttpRequest, type HttpResponse, type HttpStack, Upload } from 'tus-js-client'
import { type Context, expected } from './context.ts'
import { parseJson, TintypeError, toError } from './errors.ts'
import { sendBody } from './send-body.ts'
import { isIdempotent } from './transport.ts'
import { nameOf, type UploadOptions, type UploadUrls } from './upload-options.ts'

const PATH = '/v1/tus'
/** One request carries so much, so that a lost connection loses no more, and proxies that gather bodies let it pass. */
const CHUNK_BYTES = 8 * 1024 * 1024
const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 15_000]

/**
 * Uploads a file by the tus protocol (https://tus.io/protocols/resumable-upload):
 * what a broken connection cuts goes on where it stopped, and so does the next
 * call for the same file where `uploadUrls` remembers it.
 *
 * @returns the image's id.
 */
export async function uploadResumably(
  context: Context,
  file: Blob,
  { title, filename = nameOf(file), onProgress, signal, uploadUrls = ownUrls(), ...options }: UploadOptions,
): Promise<string> {
  const endpoint = context.urlOf(PATH)
  const key = options.uploadKey ?? keyOf(endpoint, file, filename)
  const known = await uploadUrls?.get(key)
  const finished = Promise.withResolvers<void>()
  let imageId: string | undefined
  const keep = async (url: string) => uploadUrls?.set(key, url)

  const upload = new Upload(file, {
    endpoint,
    uploadUrl: known ?? null,
    metadata: { filename, filetype: file.type, ...(title === undefined ? {} : { title }) },
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    // A lost connection, a lock that another try still holds: what is refused for good is not tried again.
    onShouldRetry: ({ originalResponse }) => isPassing(originalResponse?.getStatus()),
    storeFingerprintForResuming: false,
    // Both are the same wherever it runs.
    httpStack: createStack(context, signal),
    fileReader: { openFile: async (blob: Blob) => sourceOf(blob) },
    fingerprint: async () => key,
    onUploadUrlAvailable: () => {
      const { url } = upload
      if (url !== null && url !== known) keep(url).catch(finished.reject)
    },
    onAfterResponse: (_request, response) => {
      imageId = response.getHeader('tintype-image-id') ?? imageId
    },
    onProgress: (sentBytes, totalBytes) => onProgress?.({ sentBytes, totalBytes }),
    onSuccess: () => finished.resolve(),
    onError: (error) => finished.reject(toTintypeError(error)),
  })
  const onAbort = () => {
    void upload.abort()
    finished.reject(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    upload.start()
    await finished.promise
    await uploadUrls?.delete(key)
    return expected(imageId, 'id of an image')
  } catch (error) {
    // What is refused for good is not gone on with.
    if (error instanceof TintypeError && isFinal(error.statusCode)) await uploadUrls?.delete(key)
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Who is signed in again, or has room again, goes on. */
function isFinal(status = 0): boolean {
  return !isPassing(status) && status !== 401 && status !== 403
}

function isPassing(status = 0): boolean {
  return status < 400 || status === 409 || status === 423 || status === 429 || status >= 500
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
  // The server tells its own address; tokens go to the one that the caller gave.
  const path = url.slice(Math.max(0, url.indexOf(PATH)))
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
      const either = AbortSignal.any([aborted.signal, ...(signal === undefined ? [] : [signal])])
      const request = { url: urlOf(path), method, body, onSent, credentials, signal: either }
      const response = await transport.send(
        (added) => sendBody({ ...request, headers: { ...headers, ...added } }, fetch),
        // A part is sent again from the offset that the server tells, and so by tus itself.
        { isSafe: isIdempotent(method), signal: either },
      )
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
  if (error.causingError instanceof TintypeError) return error.causingError
  return new TintypeError(error.message, { code: 'NETWORK', cause: error })
}

/** As tus clients tell files apart: reading them to know would take as long as sending them. */
function keyOf(endpoint: string, file: Blob, filename: string): string {
  const modified = 'lastModified' in file ? String(file.lastModified) : ''
  return ['tintype', endpoint, filename, file.type, file.size, modified].join('::')
}

/** The storage that a browser keeps for the page's origin. */
function ownUrls(): UploadUrls | undefined {
  if (typeof localStorage === 'undefined' || typeof window === 'undefined') return undefined
  return {
    get: (key) => localStorage.getItem(key) ?? undefined,
    set(key, url) {
      try {
        localStorage.setItem(key, url)
      } catch {
        // It is full: the next page begins anew.
      }
    },
    delete: (key) => localStorage.removeItem(key),
  }
}
