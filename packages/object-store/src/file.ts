import { randomUUID } from 'node:crypto'
import { lstat, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { checkRange, cutRange } from './byte-range.ts'
import { abortError, BodyLengthMismatch, calling, throwIfAborted } from './errors.ts'
import { checkDeclaredBytes, exactly } from './exact-body.ts'
import { fileBody, readPart } from './file-body.ts'
import { publish, removeStaleTemporaries, unlessGone } from './file-publish.ts'
import { pruneEmptyFolders, removeAll, removeFile, walk } from './file-tree.ts'
import { keySegments, splitPrefix, splitPrefixToDelete, TEMPORARY_FOLDER } from './keys.ts'
import { SMALL_BYTES, smallObject } from './small-object.ts'
import type { GetOptions, GotObject, ObjectStore, PutOptions } from './types.ts'

/**
 * Objects as plain files below `root`, one file a key, nothing beside it.
 *
 * Makes the folder and removes uploads that a dead process left unfinished;
 * rejects with `StoreUnavailable` where it cannot. Several processes may use
 * one folder at the same time. A deletion, unlike a put, may come undone by a
 * power cut.
 */
export async function createFileStore(root: string): Promise<ObjectStore> {
  const temporaryFolder = join(root, TEMPORARY_FOLDER)
  await calling('start', undefined, async () => {
    await mkdir(temporaryFolder, { recursive: true })
    await removeStaleTemporaries(root)
  })
  const pathOf = (key: string) => join(root, ...keySegments(key))

  async function put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void> {
    const segments = keySegments(key)
    checkDeclaredBytes(options.bytes)
    if (!(body instanceof Uint8Array)) return putStream(root, segments, body, options)
    if (body.byteLength !== options.bytes) throw new BodyLengthMismatch(options.bytes, body.byteLength)
    const { signal } = options
    await publish({
      root,
      segments,
      signal,
      write: (file) => calling('put', signal, () => file.writeFile(body)),
    })
  }

  async function get(key: string, { range, signal }: GetOptions = {}): Promise<GotObject | undefined> {
    if (range) checkRange(range)
    const path = pathOf(key)
    return calling('get', signal, async () => {
      const file = await unlessGone(open(path, 'r'))
      if (file === undefined) return undefined
      let body: Readable | undefined
      try {
        const stats = await file.stat()
        throwIfAborted(signal)
        if (!stats.isFile()) return undefined
        const info = { key, bytes: stats.size, modifiedAt: stats.mtime }
        const part = cutRange(range, stats.size)
        if (part.length <= SMALL_BYTES) return smallObject(info, await readPart(file, part))
        body = fileBody(file, part, signal)
        return { ...info, body }
      } finally {
        if (body === undefined) await file.close()
      }
    })
  }

  return {
    async put(key, body, options) {
      try {
        await put(key, body, options)
      } finally {
        if (!(body instanceof Uint8Array)) body.destroy()
      }
    },

    get,

    async head(key, { signal } = {}) {
      const path = pathOf(key)
      const stats = await calling('head', signal, () => unlessGone(stat(path)))
      return stats?.isFile() ? { key, bytes: stats.size, modifiedAt: stats.mtime } : undefined
    },

    async delete(key) {
      const path = pathOf(key)
      await calling('delete', undefined, async () => {
        await removeFile(path)
        await pruneEmptyFolders(root, dirname(path))
      })
    },

    async deletePrefix(prefix) {
      const parts = splitPrefixToDelete(prefix)
      return calling('delete', undefined, () => removeAll(root, parts))
    },

    async *list(prefix, { after, signal } = {}) {
      const keys = walk(root, splitPrefix(prefix), after)
      while (true) {
        const next = await calling('list', signal, () => keys.next())
        if (next.done) return
        const stats = await calling('list', signal, () => unlessGone(lstat(join(root, ...next.value))))
        // Deleted since its folder was read.
        if (stats === undefined) continue
        yield { key: next.value.join('/'), bytes: stats.size, modifiedAt: stats.mtime }
      }
    },

    async copy(fromKey, toKey) {
      const segments = keySegments(toKey)
      const source = await get(fromKey)
      if (source === undefined) return false
      await putStream(root, segments, source.body, { bytes: source.bytes })
      return true
    },

    // A folder has no address for browsers.
    presignGet: async () => undefined,
    presignPost: async () => undefined,

    ping: (signal) =>
      calling('answer', signal, async () => {
        const path = join(temporaryFolder, randomUUID())
        const file = await open(path, 'wx')
        try {
          return (await file.stat()).mtime
        } finally {
          await file.close()
          await rm(path, { force: true })
        }
      }),

    close() {},
  }
}

async function putStream(
  root: string,
  segments: string[],
  body: Readable,
  { bytes, signal }: { bytes: number; signal?: AbortSignal },
): Promise<void> {
  throwIfAborted(signal)
  // Its iteration rejects with it; unheard, it would end the process while the file is being opened.
  body.on('error', () => {})
  // Waiting for a slow body ends at once; its iteration then fails with this error.
  const onAbort = () => signal && body.destroy(abortError(signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await publish({
      root,
      segments,
      signal,
      async write(file) {
        for await (const chunk of exactly(body, bytes)) {
          await calling('put', signal, () => file.writeFile(chunk))
        }
      },
    })
  } finally {
    signal?.removeEventListener('abort', onAbort)
    body.destroy()
  }
}
