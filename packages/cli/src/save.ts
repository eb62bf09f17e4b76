import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Download } from '@tintype/sdk'
import { CommandError } from './exit.ts'
import type { Io } from './io.ts'

export interface SaveOptions {
  /** A file, a folder, or `-` for standard output; the working directory unless told. */
  output?: string
  /** Whether a file that is there is written over. */
  force: boolean
}

/**
 * Writes a download to where it is wanted, and puts it there once it is whole.
 * @returns the file's path; undefined where it went to standard output.
 */
export async function save(
  io: Io,
  { stream, filename }: Download,
  { output = '.', force }: SaveOptions,
): Promise<string | undefined> {
  const { signal } = io
  // Made where it is read: one that breaks before has nobody to tell.
  const read = () => Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0])
  if (output === '-') {
    await pipeline(read(), io.stdout, { signal, end: false })
    return undefined
  }
  const told = resolve(io.cwd, output)
  const named = (await isFolder(io, output)) ? join(told, safeName(filename)) : told
  const existing = await stat(named).catch(() => undefined)
  if (force && existing !== undefined && !existing.isFile()) {
    // A device or a pipe is written to: in its place a file would be of no use to who reads it.
    await pipeline(read(), createWriteStream(named), { signal })
    return named
  }
  // What a link leads to is written over, and not the link.
  const path = existing === undefined ? named : await realpath(named)
  // A name that is as long as names may be has no room for more.
  const part = join(dirname(path), `.tintype-${randomBytes(8).toString('hex')}.part`)
  let isReserved = false
  try {
    if (!force) {
      await reserve(path)
      isReserved = true
    }
    await pipeline(read(), createWriteStream(part, { flags: 'wx' }), { signal })
    await rename(part, path)
  } catch (error) {
    if (!stream.locked) await stream.cancel().catch(() => undefined)
    await rm(part, { force: true })
    if (isReserved) await rm(path, { force: true })
    throw error
  }
  return path
}

/** Whether what is written there goes into a folder. */
export async function isFolder(io: Io, output: string): Promise<boolean> {
  if (output.endsWith('/')) return true
  return (await stat(resolve(io.cwd, output)).catch(() => undefined))?.isDirectory() === true
}

/** Takes the name for a file that is not there, which a rename would write over. Not every file system has links. */
async function reserve(path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CommandError(`${path} is there already (--force writes over it).`)
  }
}

/** The name that a server gives, as a name in one folder. */
function safeName(filename = 'picture'): string {
  const name = basename(filename.replaceAll(/[\p{Cc}\\/]/gu, '_'))
  return name === '.' || name === '..' || name === '' ? 'picture' : name
}
