import { type CallOptions, type Context, open } from './context.ts'
import { retryAfterSeconds, TintypeError } from './errors.ts'
import { eitherOf, pause } from './pause.ts'
import { discard } from './transport.ts'

/** A file that is being fetched: read it as a stream or as a whole, once. */
export interface Download {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Its media type. */
  readonly type: string
  /** Undefined where the server does not know it before the end. */
  readonly bytes: number | undefined
  readonly etag: string | undefined
  /** The name that the server gives it. */
  readonly filename: string | undefined
  blob(): Promise<Blob>
}

export interface DownloadOptions extends CallOptions {
  /** How long to wait for what is still being made, in milliseconds; 60,000 unless told. */
  timeoutMs?: number
  /** The media types that are wanted, say `image/webp`. */
  accept?: string
}

/** Fetches a file. While it is being made, asks again when the server says so. */
export async function download(
  context: Context,
  path: string,
  { timeoutMs = 60_000, accept = 'image/*', signal }: DownloadOptions = {},
): Promise<Download> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const response = await open(context, path, { signal, headers: { accept } })
    if (response.status !== 202) return downloadOf(response)
    await discard(response)
    const waitMs = (retryAfterSeconds(response.headers) ?? 1) * 1000
    if (performance.now() + waitMs > deadline) {
      throw new TintypeError('The file was not made in time.', { code: 'TIMEOUT', statusCode: 202 })
    }
    await pause(waitMs, eitherOf(context.signal, signal))
  }
}

export function downloadOf(response: Response): Download {
  const { headers } = response
  const length = headers.get('content-length')
  return {
    stream: response.body ?? new Blob([]).stream(),
    type: headers.get('content-type') ?? '',
    bytes: length === null ? undefined : Number(length),
    etag: headers.get('etag') ?? undefined,
    filename: filenameOf(headers.get('content-disposition') ?? ''),
    blob: () => response.blob(),
  }
}

/** RFC 6266: the encoded name before the plain one. */
function filenameOf(disposition: string): string | undefined {
  const encoded = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition)?.[1]
  if (encoded !== undefined) return decodeURIComponent(encoded)
  const plain = /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]
  return plain?.replaceAll(/\\(.)/g, '$1')
}
