import type { Hash } from 'node:crypto'
import { Readable } from 'node:stream'

export interface PieceReader {
  /** Up to so many bytes more, as a stream that ends where the body ends or breaks off. */
  next(maxBytes: number): Readable
  /** Why the body ended before its end. */
  readonly failure: unknown
  readonly isEnded: boolean
}

/** Cuts a body into pieces, one after the other, without holding more of it than a chunk. */
export function readPieces(body: Readable, hash?: Hash): PieceReader {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest: Buffer | undefined
  let failure: unknown
  let isEnded = false

  async function nextChunk(): Promise<Buffer | undefined> {
    if (isEnded) return undefined
    try {
      const { done, value } = await chunks.next()
      if (done !== true) {
        hash?.update(value)
        return value
      }
    } catch (error) {
      // What came before it is a piece all the same: that is what a resumable upload is for.
      failure = error
    }
    isEnded = true
    return undefined
  }

  async function* piece(maxBytes: number): AsyncGenerator<Buffer> {
    for (let room = maxBytes; room > 0; ) {
      const chunk = rest ?? (await nextChunk())
      if (chunk === undefined) return
      rest = chunk.length > room ? chunk.subarray(room) : undefined
      room -= Math.min(room, chunk.length)
      yield rest === undefined ? chunk : chunk.subarray(0, chunk.length - rest.length)
    }
  }

  return {
    next: (maxBytes) => Readable.from(piece(maxBytes), { objectMode: false }),
    get failure() {
      return failure
    },
    get isEnded() {
      return isEnded && rest === undefined
    },
  }
}
