import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { takeLock } from '../launcher-lock.ts'

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
  const holder = takeLock(lock)
  if (holder !== undefined) throw new Error(`Tintype is running already from this folder (pid ${holder}).`)
  return { path, logs: inside('logs'), run: inside('run'), release: () => rmSync(lock, { force: true }) }
}
