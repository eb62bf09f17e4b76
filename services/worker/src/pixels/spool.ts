import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Original } from './decode.ts'

const DESCRIPTORS = '/proc/self/fd'

function prefixOf(pid: number): string {
  return `tintype-original-${pid}-`
}

export interface SpooledOriginal extends Original {
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Copies an original to this machine's temporary folder, since it may be larger
 * than what a decoder should hold in memory. `bytes` is the length it must have.
 *
 * Where `/proc` gives open files a name (Linux) the file loses its own at once
 * and is read by its descriptor: the kernel then frees it however this process
 * ends. Elsewhere disposing removes it, and `removeSpooled` after a kill.
 */
export async function spoolOriginal(body: Readable, bytes: number): Promise<SpooledOriginal> {
  const name = join(tmpdir(), `${prefixOf(process.pid)}${randomUUID()}`)
  let file: FileHandle | undefined
  const remove = async (): Promise<void> => {
    await file?.close()
    await rm(name, { force: true })
  }
  try {
    file = await open(name, 'wx+', 0o600)
    const byDescriptor = existsSync(DESCRIPTORS)
    if (byDescriptor) await rm(name)
    // Not a write stream: one that leaves the file open holds it, and its close never ends.
    await file.writeFile(body)
    const { size } = await file.stat()
    if (size !== bytes) throw new Error(`The store gave ${size} of ${bytes} bytes`)
    return { path: byDescriptor ? `${DESCRIPTORS}/${file.fd}` : name, file, [Symbol.asyncDispose]: remove }
  } catch (error) {
    body.destroy()
    await remove()
    throw error
  }
}

/** Removes what a dead child left behind, where its files still had names. */
export async function removeSpooled(pid: number): Promise<void> {
  const names = await readdir(tmpdir())
  for (const name of names) {
    if (name.startsWith(prefixOf(pid))) await rm(join(tmpdir(), name), { force: true })
  }
}
