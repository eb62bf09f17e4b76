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
 * @throws one sentence: with the pid when another launcher has it, or that it cannot be written to.
 */
export function takeDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  const inside = (name: string) => join(path, name)
  const lock = inside('launcher.json')
  const holder = orSayWhere(path, () => {
    for (const name of ['logs', 'run', 'spool', 'objects']) {
      mkdirSync(inside(name), { recursive: true, mode: 0o700 })
    }
    return takeLock(lock)
  })
  if (holder !== undefined) throw new Error(`Tintype is running already from this folder (pid ${holder}).`)
  return { path, logs: inside('logs'), run: inside('run'), release: () => rmSync(lock, { force: true }) }
}

function orSayWhere<T>(path: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new Error(
      `The data folder ${path} cannot be used (${code}): set TINTYPE_DATA to a folder that you may write to.`,
      { cause: error },
    )
  }
}
