import { execFileSync } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scope } from '@tintype/testkit'
import type { Fault, Hand } from '../fault.ts'

/** Small enough to be filled in a moment, with room for what a load of a minute stores. */
const DISK_MEGABYTES = 192
const BALLAST = 'ballast'
const BLOCK_BYTES = 1024 ** 2

/**
 * A small file system of its own, in memory, at a folder that is there.
 * @returns why there is none: only root may mount, and not in every container.
 */
export function mountSmallDisk(scope: Scope, folder: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=0700`, 'tmpfs', folder], {
      stdio: 'pipe',
    })
  } catch {
    return 'a small file system cannot be mounted here: it takes root, and a container that lets it'
  }
  // Lazily: a process that was killed may hold a file of it for a moment longer.
  scope.teardown(() => execFileSync('umount', ['-l', folder], { stdio: 'pipe' }))
  return undefined
}

export const diskFull: Fault = {
  name: 'disk-full',
  what: 'the file system of a folder store has not a byte left, and room again later',
  store: 'file',
  mayCut: false,
  async run({ stage, hold, healed }: Hand) {
    const folder = fileURLToPath(stage.stack.storeUrl)
    const ballast = join(folder, BALLAST)
    await fill(folder, ballast)
    const refill = setInterval(() => void fill(folder, ballast), 250)
    await hold()
    clearInterval(refill)
    healed()
    await rm(ballast, { force: true })
  },
}

/** Takes what is left, also of what a deletion gave back meanwhile. */
async function fill(folder: string, ballast: string): Promise<void> {
  try {
    for (let { bavail } = await statfs(folder); bavail > 0; bavail = (await statfs(folder)).bavail) {
      await writeFile(ballast, Buffer.alloc(BLOCK_BYTES), { flag: 'a' })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
