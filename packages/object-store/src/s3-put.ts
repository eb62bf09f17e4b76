import { Readable } from 'node:stream'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { abortError, BodyLengthMismatch, calling, storeFault } from './errors.ts'
import { exactly } from './exact-body.ts'
import { type S3Timeouts, within } from './s3-client.ts'
import type { PutOptions } from './types.ts'

interface Put {
  client: S3Client
  bucket: string
  key: string
  timeouts: S3Timeouts
  options: PutOptions
}

export function putBytes(put: Put, body: Uint8Array): Promise<void> {
  const { bytes, signal } = put.options
  if (body.byteLength !== bytes) throw new BodyLengthMismatch(bytes, body.byteLength)
  return calling('put', signal, async () => {
    await put.client.send(putCommand(put, body), within(put.timeouts.commitMs, signal))
  })
}

/**
 * Puts a stream of known length.
 *
 * Whatever goes wrong first (the body, the caller's abort, a store that takes
 * nothing more, its answer) ends the others, and is what the promise rejects
 * with. The request must be aborted even after a refusal: the SDK leaves a
 * half-sent one on its socket for ever. A body declared as empty needs no care
 * of its own, since Node sends no header before the first byte or the end.
 */
export async function putStream(put: Put, body: Readable): Promise<void> {
  const { bytes, signal } = put.options
  const request = new AbortController()
  const failures: unknown[] = []
  const fail = (error: unknown) => {
    failures.push(error)
    request.abort()
    body.destroy()
  }
  const onAbort = () => signal && fail(abortError(signal))
  // Stays after the put: a body that is being destroyed may still report an error.
  body.on('error', fail)
  signal?.addEventListener('abort', onAbort, { once: true })
  const stall = createStallTimer(put.timeouts, fail)
  try {
    if (signal?.aborted) throw abortError(signal)
    // Left alive when the count fails, since its end would be reported as an error of its own, and first.
    const counted = exactly(body.iterator({ destroyOnReturn: false }), bytes)
    const paced = Readable.from(stall.pace(counted), { objectMode: false })
    paced.on('error', fail)
    // The stall timer takes the place of a time limit on the whole request.
    await put.client.send(putCommand(put, paced), within(0, request.signal))
  } catch (error) {
    fail(storeFault('put', error, signal))
    throw failures[0]
  } finally {
    stall.end()
    signal?.removeEventListener('abort', onAbort)
  }
}

function putCommand({ bucket, key, options }: Put, body: Readable | Uint8Array): PutObjectCommand {
  return new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: options.bytes,
    ContentType: options.contentType,
  })
}

/** Times the store alone: a body may take as long as it needs for its next chunk. */
function createStallTimer({ answerMs, commitMs }: S3Timeouts, fail: (error: Error) => void) {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const clear = () => clearTimeout(timer)
  const end = () => {
    ended = true
    clear()
  }
  const expect = (what: string, ms: number) => {
    // A store may answer before it has taken all.
    if (ended) return
    timer = setTimeout(() => fail(storeFault('put', new Error(`${what} for ${ms} ms`))), ms)
  }
  async function* pace(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      // Comes back when the request's buffers have room again.
      expect('the store took nothing', answerMs)
      yield chunk
      clear()
    }
    expect('the store did not answer', commitMs)
  }
  return { pace, end }
}
