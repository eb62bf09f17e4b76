import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ObjectStore } from '../src/index.ts'

export const TYPE = 'application/octet-stream'

/** `bytes` bytes that differ from place to place, so that a shifted range shows. */
export function pattern(bytes: number): Buffer {
  const data = Buffer.allocUnsafe(bytes)
  for (let i = 0; i < bytes; i += 1) data[i] = (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff
  return data
}

/** A stream of the data in pieces of `pieceBytes`. */
export function streamOf(data: Buffer, pieceBytes = 10_007): Readable {
  function* pieces() {
    for (let at = 0; at < data.length; at += pieceBytes) yield data.subarray(at, at + pieceBytes)
  }
  return Readable.from(pieces(), { objectMode: false })
}

/** A stream of `bytes` from one buffer, which needs no memory of its own. */
export function repeated(bytes: number): Readable {
  const piece = Buffer.alloc(65_536, 7)
  let left = bytes
  return new Readable({
    read() {
      // Later, as from a disk: Node joins pieces that are there at once in a new buffer.
      setImmediate(() => {
        this.push(left > 0 ? piece.subarray(0, left) : null)
        left -= piece.length
      })
    },
  })
}

/** A stream that gives `data` and then nothing more; `drained` resolves when all of it was taken. */
export function unending(data: Buffer): { body: Readable; drained: Promise<void> } {
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  const pieces = Array.from({ length: Math.ceil(data.length / 65_536) }, (_, i) =>
    data.subarray(i * 65_536, (i + 1) * 65_536),
  )
  const body = new Readable({
    read() {
      const piece = pieces.shift()
      if (piece) this.push(piece)
      else resolve()
    },
  })
  return { body, drained }
}

export async function read(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  const got = await store.get(key)
  return got && buffer(got.body)
}

export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await all(store.list(prefix))).map(({ key }) => key)
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** The error that a promise rejects with. Fails where it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('rejected with something that is no error', { cause: error })
  }
  throw new Error('did not reject')
}

/** Runs `task` for each of `items`, at most `limit` at a time. */
export async function forEachLimited<T>(items: T[], limit: number, task: (item: T) => Promise<void>) {
  const queue = items.values()
  const runner = async () => {
    for (const item of queue) await task(item)
  }
  await Promise.all(Array.from({ length: limit }, runner))
}
