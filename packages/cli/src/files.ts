import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** A file to upload, or why what was named is none. */
export type Found =
  | { outcome: 'file'; path: string; bytes: number; modifiedMs: number; isNamed: boolean }
  | { outcome: 'unreadable'; path: string; reason: string }

const PICTURES = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|hei[cf]|tiff?)$/i

/** Files that were named, and with `recursive` those in folders that were: pictures by their names, or all. */
export async function findFiles(
  names: string[],
  { cwd, recursive, all }: { cwd: string; recursive: boolean; all: boolean },
): Promise<Found[]> {
  const found: Found[] = []
  const seen = new Set<string>()

  async function look(path: string, isNamed: boolean): Promise<void> {
    if (seen.has(path)) return
    seen.add(path)
    try {
      const { size, mtimeMs, ...kind } = await statOf(path)
      if (kind.isFile) {
        found.push({ outcome: 'file', path, bytes: size, modifiedMs: Math.round(mtimeMs), isNamed })
      } else if (!kind.isFolder)
        found.push({ outcome: 'unreadable', path, reason: 'it is neither a file nor a folder' })
      else if (!recursive)
        found.push({ outcome: 'unreadable', path, reason: 'it is a folder (upload it with -r)' })
      else await walk(path)
    } catch (error) {
      found.push({ outcome: 'unreadable', path, reason: (error as Error).message })
    }
  }

  /** Links to folders are not followed: they may lead round in a circle. */
  async function walk(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true })
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      const isWanted = all || PICTURES.test(entry.name)
      if (entry.isDirectory() || (isWanted && (entry.isFile() || (await isLinkToFile(entry, path)))))
        await look(path, false)
    }
  }

  for (const name of names) await look(resolve(cwd, name), true)
  return found
}

/** One that leads nowhere is told of as a file that cannot be read. */
async function isLinkToFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false
  return (await stat(path).catch(() => undefined))?.isDirectory() !== true
}

async function statOf(path: string) {
  const stats = await stat(path)
  return { size: stats.size, mtimeMs: stats.mtimeMs, isFile: stats.isFile(), isFolder: stats.isDirectory() }
}
