import { open } from 'node:fs/promises'

/** Bytes that can be read from anywhere, such as a spooled upload. */
export interface RandomAccess {
  /** The length of the whole, in bytes. */
  readonly bytes: number
  /** Reads `length` bytes at `offset` into a buffer of its own; fewer only where the bytes end before that. */
  read(offset: number, length: number): Promise<Buffer>
}

export interface OpenRandomAccess extends RandomAccess, AsyncDisposable {
  close(): Promise<void>
}

/**
 * Opens a regular file for reading at any offset. The caller closes it
 * (`close()` or `await using`). Rejects with the system's error where the file
 * cannot be opened, and with a TypeError where the path is no regular file.
 */
export async function openRandomAccess(path: string): Promise<OpenRandomAccess> {
  const handle = await open(path, 'r')
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new TypeError('Random access needs a regular file')
    return {
      bytes: stat.size,
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
      close: () => handle.close(),
      [Symbol.asyncDispose]: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}
