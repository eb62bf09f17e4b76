import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockHolder, takeLock } from '../launcher-lock.ts'
import { endLeftovers } from '../stores/run-records.ts'

const PREFIX = 'tintype-check-'
const LOCK = 'launcher.json'
const GRACE_MS = 2000

/** Linux's file system in memory. Stores that last for minutes write nothing to a disk there: a seventh less work. */
const IN_MEMORY = '/dev/shm'
const GIB = 1024 ** 3
/** A run takes 0.6 GiB at its highest. */
const ROOM_BYTES = 2 * GIB

/** A temporary folder for one test run, and what is in it. */
export interface ScratchFolder {
  path: string
  /** Records of the processes that run for the tests. */
  run: string
  /** For the tests' own temporary files. */
  tmp: string
  /** Ends every process that still runs for the tests, by force after `graceMs` each, and removes all files. */
  remove(graceMs?: number): Promise<void>
}

/**
 * Makes the folder, after tidying up what killed test runs left behind.
 * @param options.inMemory where there is plenty and TMPDIR names no other: for what nobody measures.
 */
export async function makeScratchFolder({ inMemory = false } = {}): Promise<ScratchFolder> {
  const parent = inMemory && hasMemoryForIt() ? IN_MEMORY : tmpdir()
  // One that is not chosen this time may have been before.
  for (const path of [tmpdir(), IN_MEMORY].flatMap(abandoned)) await remove(path)
  const path = mkdtempSync(join(parent, PREFIX))
  takeLock(join(path, LOCK))
  const [run, tmp] = [join(path, 'run'), join(path, 'tmp')]
  mkdirSync(tmp)
  return { path, run, tmp, remove: (graceMs) => remove(path, graceMs) }
}

function hasMemoryForIt(): boolean {
  if (process.env.TMPDIR || process.availableMemory() < 2 * ROOM_BYTES) return false
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    return bavail * bsize >= ROOM_BYTES
  } catch {
    return false
  }
}

/** Folders of test runs of this user's whose launcher is gone. */
function abandoned(parent: string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(parent, name))
    .filter((path) => {
      const owner = statSync(path, { throwIfNoEntry: false })?.uid
      const isLocked = statSync(join(path, LOCK), { throwIfNoEntry: false }) !== undefined
      return owner === process.getuid?.() && isLocked && lockHolder(join(path, LOCK)) === undefined
    })
}

/** First the runner and its tests, so that nothing new is started; then what a test had started itself. */
async function remove(path: string, graceMs = GRACE_MS): Promise<void> {
  const runFolders = () => globSync('tmp/**/run/', { cwd: path }).map((found) => join(path, found))
  await endLeftovers(join(path, 'run'), graceMs)
  for (const run of runFolders()) await endLeftovers(run, graceMs)
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}
