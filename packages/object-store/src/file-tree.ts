import type { Dirent } from 'node:fs'
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './errors.ts'
import { unlessGone } from './file-publish.ts'
import { compareKeys, type Prefix, TEMPORARY_FOLDER } from './keys.ts'

interface Entry {
  name: string
  isFolder: boolean
}

/**
 * The files whose keys start with a prefix, as segments, in the order of their
 * keys. Holds one level of the tree at a time.
 *
 * @param after they come behind this key.
 */
export async function* walk(
  root: string,
  { folders, start }: Prefix,
  after: string | undefined,
): AsyncGenerator<string[]> {
  for (const { name, isFolder } of await entries(root, folders, start)) {
    const segments = [...folders, name]
    if (after !== undefined && isBefore(segments, isFolder, after)) continue
    if (isFolder) yield* walk(root, { folders: segments, start: '' }, after)
    else yield segments
  }
}

/** Whether neither a file nor anything in a folder comes behind a key. */
function isBefore(segments: string[], isFolder: boolean, after: string): boolean {
  const key = segments.join('/') + (isFolder ? '/' : '')
  if (isFolder && after.startsWith(key)) return false
  return compareKeys(key, after) <= 0
}

/** Deletes the files whose keys start with a prefix, and the folders that this leaves empty; answers how many files. */
export async function removeAll(root: string, { folders, start }: Prefix): Promise<number> {
  let count = 0
  for (const { name, isFolder } of await entries(root, folders, start)) {
    if (isFolder) count += await removeAll(root, { folders: [...folders, name], start: '' })
    else if (await removeFile(join(root, ...folders, name))) count += 1
  }
  await pruneEmptyFolders(root, join(root, ...folders))
  return count
}

/** Whether there was a file to delete. A folder is not an object. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    return (await unlessGone(unlink(path).then(() => true))) ?? false
  } catch (error) {
    if (codeOf(error) === 'EISDIR') return false
    // How macOS refuses to unlink a folder, and every system a file that may not be deleted.
    if (codeOf(error) === 'EPERM' && (await unlessGone(lstat(path)))?.isDirectory()) return false
    throw error
  }
}

/** Removes `folder` and the folders above it, up to the root, as long as they are empty. A put that loses its folder makes it again. */
export async function pruneEmptyFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; path !== root; path = dirname(path)) {
    try {
      await unlessGone(rmdir(path))
    } catch (error) {
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return
      throw error
    }
  }
}

async function entries(root: string, folders: string[], start: string): Promise<Entry[]> {
  const found = (await unlessGone(readdir(join(root, ...folders), { withFileTypes: true }))) ?? []
  return found
    .filter((entry) => entry.name.startsWith(start) && isOurs(entry, folders))
    .map((entry) => ({ entry, order: orderOf(entry) }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ entry }) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

function isOurs(entry: Dirent, folders: string[]): boolean {
  if (folders.length === 0 && entry.name === TEMPORARY_FOLDER) return false
  return entry.isFile() || entry.isDirectory()
}

/** A folder sorts by what its keys go on with: `a-b` before `a/b` before `a0`. */
function orderOf(entry: Dirent): Buffer {
  return Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name)
}
