import type { paths } from './api.ts'
import { type Context, expected } from './context.ts'
import { parseJson, readError, toError } from './errors.ts'
import { encodeForm } from './form.ts'
import { eitherOf } from './pause.ts'
import { randomKey } from './random-key.ts'
import { sendBody } from './send-body.ts'
import { readWhole } from './transport.ts'
import type { AnswerOf, Image } from './types.ts'
import { nameOf, type Progress, type UploadOptions } from './upload-options.ts'

const RESUMABLE_BYTES = 8 * 1024 * 1024

/** Uploads one picture. The promise is kept when it is safe; its renditions are made from then on. */
export async function upload(context: Context, file: Blob, given: UploadOptions = {}): Promise<Image> {
  const options = { ...given, signal: eitherOf(context.signal, given.signal) }
  options.signal?.throwIfAborted()
  const { resumable = 'auto' } = options
  if (resumable === true || (resumable === 'auto' && file.size >= RESUMABLE_BYTES)) {
    const { uploadResumably } = await import('./resumable.ts')
    return uploadResumably(context, file, options)
  }
  return uploadAtOnce(context, file, options)
}

type UploadResult = AnswerOf<paths['/v1/images']['post'], 202>

async function uploadAtOnce(
  { transport, fetch, urlOf, credentials }: Context,
  file: Blob,
  { title, filename = nameOf(file), onProgress, signal, idempotencyKey = randomKey() }: UploadOptions,
): Promise<Image> {
  const onSent = onProgress && progressOf(file, onProgress)
  const { body, contentType } = encodeForm(file, { filename, title })
  const response = await transport.send(
    async (added, signal) => {
      const headers = {
        ...added,
        accept: 'application/json',
        'content-type': contentType,
        'idempotency-key': idempotencyKey,
      }
      const url = urlOf('/v1/images')
      return readWhole(
        await sendBody({ url, method: 'POST', headers, body, onSent, signal, credentials }, fetch),
      )
    },
    // The key makes it safe.
    { isSafe: true, signal },
  )
  if (!response.ok) throw await readError(response)
  const { items } = (parseJson(await response.text()) ?? {}) as Partial<UploadResult>
  const item = expected(items?.[0], 'item')
  if (item.image === undefined) throw toError(response, item.error)
  onProgress?.({ sentBytes: file.size, totalBytes: file.size })
  return item.image
}

/** A form is larger than its file by its fields, of which nobody wants to know. */
function progressOf({ size }: Blob, onProgress: (progress: Progress) => void) {
  return (sent: number) => onProgress({ sentBytes: Math.min(sent, size), totalBytes: size })
}
