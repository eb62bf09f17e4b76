import { randomUUID } from 'node:crypto'
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { calling, codeOf, storeFault, throwIfAborted } from './errors.ts'
import { TEMPORARY_FOLDER } from './keys.ts'

/** How often a put begins again because deletions removed its folder, empty as it was, under its hands. */
const MOVE_ATTEMPTS = 100
/** No upload lives as long as this. */
const STALE_MS = 24 * 3_600_000

export interface Publication {
  root: string
  segments: string[]
  signal?: AbortSignal | undefined
  /** Its errors are passed on as they are; calls to the file must be wrapped by `calling`. */
  write(file: FileHandle): Promise<void>
}

/**
 * Makes a file appear under its name whole and durable, or not at all: written
 * beside the tree, flushed, renamed, and the folders' own entries flushed, so
 * that it survives a power cut from then on.
 */
export async function publish({ root, segments, signal, write }: Publication): Promise<void> {
  const temporary = join(root, TEMPORARY_FOLDER, randomUUID())
  const file = await calling('put', signal, () => open(temporary, 'wx'))
  try {
    try {
      await write(file)
      await calling('put', signal, () => file.sync())
    } finally {
      await calling('put', undefined, () => file.close())
    }
    throwIfAborted(signal)
    await moveIntoPlace(temporary, root, segments)
  } catch (error) {
    // What made the put fail matters more than a file that the next start removes.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await calling('put', undefined, () => syncFolders(root, segments.slice(0, -1)))
}

async function moveIntoPlace(temporary: string, root: string, segments: string[]): Promise<void> {
  const target = join(root, ...segments)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(temporary, target)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === MOVE_ATTEMPTS) throw conflictOrFault(error)
    }
    await makeFolders(root, segments.slice(0, -1))
  }
}

/**
 * One by one: Node's recursive mkdir takes a folder that is removed under its
 * hands for a file (EEXIST, ENOTDIR), and would make a root that went away.
 */
async function makeFolders(root: string, folders: string[]): Promise<void> {
  for (const path of pathsOf(root, folders)) {
    try {
      await mkdir(path)
    } catch (error) {
      // Removed again already: the next rename tells.
      if (codeOf(error) === 'ENOENT') return
      if (codeOf(error) !== 'EEXIST') throw conflictOrFault(error)
    }
  }
}

/** The path of every folder on the way, outermost first. */
function pathsOf(root: string, folders: string[]): string[] {
  return folders.map((_, index) => join(root, ...folders.slice(0, index + 1)))
}

/** A file where a folder is needed, or the other way round, comes of the caller's choice of keys. */
function conflictOrFault(error: unknown): Error {
  const code = codeOf(error)
  if (code !== 'ENOTDIR' && code !== 'EISDIR') return storeFault('put', error)
  return new TypeError('The object key is the folder of another, or below one.')
}

/**
 * Flushes the entries of every folder from the root on. Also of those that were
 * there already: another put may have made them and not yet flushed.
 */
async function syncFolders(root: string, folders: string[]): Promise<void> {
  await Promise.all([root, ...pathsOf(root, folders)].map(syncFolder))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await unlessGone(open(path, 'r'))
  // Deleted since, with all that was in it.
  if (folder === undefined) return
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Removes what puts left behind when their process died. */
export async function removeStaleTemporaries(root: string): Promise<void> {
  const folder = join(root, TEMPORARY_FOLDER)
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const stats = await unlessGone(lstat(path))
    if (stats && stats.mtimeMs < Date.now() - STALE_MS) await rm(path, { force: true })
  }
}

/** The answer, or undefined where the path leads to nothing. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    // ENOTDIR: a part of the path is a file.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}
