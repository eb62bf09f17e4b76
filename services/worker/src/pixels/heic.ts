import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { badInput } from './bad-input.ts'
import type { BadInput } from './messages.ts'

/** libheif takes the file whole, and copies it into WebAssembly's memory. */
const MAX_FILE_BYTES = 256 * 1024 ** 2

export interface HeicRequest {
  path: string
  maxPixels: number
}

export type HeicResult =
  | {
      outcome: 'decoded'
      /** Of the picture as seen. */
      width: number
      height: number
      rgba: Uint8Array<ArrayBuffer>
      premultiplied: boolean
      /** The embedded ICC profile, not yet applied to the pixels. */
      profile: Uint8Array<ArrayBuffer> | undefined
    }
  | BadInput

/**
 * Decodes the primary picture of a HEIC file in libheif's WebAssembly build.
 *
 * The decode is one synchronous call, so it has a thread of its own: this
 * process must still hear that its parent died, and the thread's end gives
 * back WebAssembly's memory. Faults of the machine reject.
 */
export async function decodeHeic(request: HeicRequest): Promise<HeicResult> {
  const { size } = await stat(request.path)
  if (size > MAX_FILE_BYTES) return badInput('TT_IMAGE_UNSUPPORTED', `HEIC file of ${size} bytes`)
  const entry = new URL(`./heic-thread${extname(import.meta.filename)}`, import.meta.url)
  const thread = new Worker(entry, { workerData: request, stdout: true, stderr: true })
  try {
    // `once` rejects where the thread emits 'error'.
    const ended = once(thread, 'exit').then(([code]) => {
      throw new Error(`The HEIC thread ended with code ${code} and without a word`)
    })
    const [result] = await Promise.race([once(thread, 'message'), ended])
    return result
  } finally {
    await thread.terminate()
  }
}
