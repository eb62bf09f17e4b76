import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pick } from '../json-value.ts'
import { isErrno, processStart } from '../stores/process-identity.ts'

/** Where everything that a start keeps lies. */
export interface DataFolder {
  path: string
  logs: string
  /** Records of the children that run. */
  run: string
  /** Gives the folder up for the next launcher. */
  release(): void
}

/**
 * Makes the data folder (mode 0700) and takes it for this launcher.
 * @throws one sentence with the pid when another launcher has it.
 */
export function takeDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  const inside = (name: string) => join(path, name)
  for (const name of ['logs', 'run', 'spool', 'objects']) {
    mkdirSync(inside(name), { recursive: true, mode: 0o700 })
  }
  const lock = inside('launcher.json')
  takeLock(lock)
  return { path, logs: inside('logs'), run: inside('run'), release: () => rmSync(lock, { force: true }) }
}

/** A link is made or not made in one step, with its content whole. */
function takeLock(lock: string): void {
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) }), {
    mode: 0o600,
  })
  try {
    for (;;) {
      if (link(draft, lock)) return
      const holder = holderOf(lock)
      if (holder !== undefined)
        throw new Error(`Tintype is running already from this folder (pid ${holder}).`)
      rmSync(lock, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function link(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

/** The pid of the launcher that holds the lock, if it is alive. */
function holderOf(lock: string): number | undefined {
  const value = readJson(lock)
  const pid = pick(value, 'pid')
  const alive = typeof pid === 'number' && processStart(pid) === pick(value, 'startedAt')
  return alive ? pid : undefined
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // Given up just now, or cut short by a full disk: nobody holds it.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined
    throw error
  }
}
