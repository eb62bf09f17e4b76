import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { accessFile, type RandomAccess } from './header/index.ts'

/** A received file, on disk without a name: it is gone when it is closed, and when the process dies. */
export interface SpooledFile extends RandomAccess, AsyncDisposable {
  readonly sha256: string
  /** A new stream of the whole file, for each call. */
  stream(): Readable
}

export type ReceiveOutcome =
  | { outcome: 'received'; file: SpooledFile }
  | { outcome: 'empty' }
  | { outcome: 'too-large' }
  /** The stream failed. */
  | { outcome: 'broken-off'; cause: unknown }
  /** The spool holds as much as it may, or the disk is full. Not the sender's fault. */
  | { outcome: 'spool-full' }

export interface Spool {
  /**
   * Writes a stream to disk while it counts and hashes it. Where it is not
   * received, nothing of it is kept, and its rest is read and thrown away, so
   * that what follows it can be read.
   *
   * @throws the file system's error where it is at fault.
   */
  receive(stream: Readable, maxBytes: number): Promise<ReceiveOutcome>
  /** Removes what a process that died between making a file and taking its name left behind; answers how many. */
  clean(): Promise<number>
}

/**
 * The folder where uploads are held while they arrive. A file's name is taken
 * away as soon as the file is open, so the disk space is freed however the
 * process ends, and cleaning never touches a file in use.
 *
 * @param maxBytes of all files at once.
 */
export async function createSpool(folder: string, maxBytes: number): Promise<Spool> {
  await makeFolder()
  let held = 0

  async function makeFolder(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }

  async function openNameless(): Promise<FileHandle> {
    const path = join(folder, `${randomUUID()}.part`)
    const create = () => open(path, 'wx+', 0o600)
    // Machines clean their folders of temporary files, and an idle spool looks like one that nobody uses.
    const handle = await create().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return makeFolder().then(create)
    })
    await removeName(path)
    return handle
  }

  return {
    async receive(stream, maxFileBytes) {
      const hash = createHash('sha256')
      let handle: FileHandle | undefined
      let bytes = 0
      let isReceived = false
      const release = async () => {
        held -= bytes
        bytes = 0
        await handle?.close()
      }
      // A failure that comes while the file is opened waits for the loop below.
      stream.on('error', (cause) => stream.destroy(cause))
      try {
        handle = await openNameless()
        for await (const chunk of chunksOf(stream)) {
          if (bytes + chunk.length > maxFileBytes) return { outcome: 'too-large' }
          if (held + chunk.length > maxBytes) return { outcome: 'spool-full' }
          // Counted before it is written, or many at once would all find room for it.
          bytes += chunk.length
          held += chunk.length
          hash.update(chunk)
          await handle.appendFile(chunk)
        }
        if (bytes === 0) return { outcome: 'empty' }
        isReceived = true
        return { outcome: 'received', file: spooledFile(handle, bytes, hash.digest('hex'), release) }
      } catch (error) {
        if (error instanceof BrokenOff) return { outcome: 'broken-off', cause: error.cause }
        if (isDiskFull(error)) return { outcome: 'spool-full' }
        throw error
      } finally {
        if (!isReceived) {
          stream.resume()
          await release()
        }
      }
    },

    async clean() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.part'))
      for (const name of names) await removeName(join(folder, name))
      return names.length
    },
  }
}

function spooledFile(
  handle: FileHandle,
  bytes: number,
  sha256: string,
  release: () => Promise<void>,
): SpooledFile {
  return {
    ...accessFile(handle, bytes),
    sha256,
    stream: () => handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 }),
    [Symbol.asyncDispose]: release,
  }
}

/** The file's own process and one that cleans may both be at it. */
async function removeName(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

class BrokenOff extends Error {}

/**
 * A stream's chunks. Its own failure is told from those of whoever reads it,
 * who may also stop: the stream is then not destroyed, and can be read on.
 */
async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw new BrokenOff('the stream broke off', { cause })
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
