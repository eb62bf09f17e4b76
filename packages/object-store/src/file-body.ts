import type { FileHandle } from 'node:fs/promises'
import { addAbortSignal, Readable } from 'node:stream'
import { StoreUnavailable, storeFault } from './errors.ts'

const CHUNK_BYTES = 65_536
const SHORTER = 'the file is shorter than it was'

interface Part {
  start: number
  length: number
}

/** Reads a part of an open file at once. A file that turns out shorter is a fault. */
export async function readPart(file: FileHandle, { start, length }: Part): Promise<Buffer> {
  const content = Buffer.allocUnsafe(length)
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(content, read, length - read, start + read)
    if (bytesRead === 0) throw new Error(SHORTER)
    read += bytesRead
  }
  return content
}

/**
 * Streams `length` bytes of an open file from `start`, and closes it at the end
 * or when destroyed. A file that turns out shorter, or cannot be read on, is a
 * fault of the store.
 */
export function fileBody(file: FileHandle, part: Part, signal: AbortSignal | undefined): Readable {
  let { start: position, length: left } = part
  const body = new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      readNext().then(
        (chunk) => this.push(chunk),
        (error) => this.destroy(storeFault('get', error)),
      )
    },
    destroy(error, done) {
      file.close().then(
        () => done(error),
        (closeError) => done(error ?? new StoreUnavailable('get', closeError)),
      )
    },
  })

  async function readNext(): Promise<Uint8Array | null> {
    if (left === 0) return null
    const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES))
    const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, position)
    if (bytesRead === 0) throw new Error(SHORTER)
    position += bytesRead
    left -= bytesRead
    return chunk.subarray(0, bytesRead)
  }

  return signal ? addAbortSignal(signal, body) : body
}
