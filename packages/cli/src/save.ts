import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { link, rename, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
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
  const bytes = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0])
  if (output === '-') {
    await pipeline(bytes, io.stdout, { signal, end: false })
    return undefined
  }
  const told = resolve(io.cwd, output)
  const isFolder = (await stat(told).catch(() => undefined))?.isDirectory() === true || output.endsWith('/')
  const path = isFolder ? join(told, safeName(filename)) : told
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    await pipeline(bytes, createWriteStream(part, { flags: 'wx' }), { signal })
    if (force) await rename(part, path)
    // Unlike a rename, it writes over nothing.
    else await link(part, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CommandError(`${path} is there already (--force writes over it).`)
  } finally {
    await rm(part, { force: true })
  }
  return path
}

/** The name that a server gives, as a name in one folder. */
function safeName(filename = 'picture'): string {
  const name = basename(filename.replaceAll(/[\p{Cc}\\/]/gu, '_'))
  return name === '.' || name === '..' || name === '' ? 'picture' : name
}
