import type { FileHandle } from 'node:fs/promises'

/** Bytes that can be read from anywhere, such as a spooled upload. */
export interface RandomAccess {
  /** The length of the whole, in bytes. */
  readonly bytes: number
  /** Reads `length` bytes at `offset` into a buffer of its own; fewer only where the bytes end before that. */
  read(offset: number, length: number): Promise<Buffer>
}

/** Random access to an open file of `bytes` bytes. Whoever opened it closes it. */
export function accessFile(handle: FileHandle, bytes: number): RandomAccess {
  return {
    bytes,
    async read(offset, length) {
      const buffer = Buffer.alloc(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
  }
}
