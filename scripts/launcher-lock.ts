import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pick } from './json-value.ts'
import { isErrno, processStart } from './stores/process-identity.ts'

/**
 * Says in a file that this process holds what lies beside it, until it ends.
 * @returns the pid of the one who holds it already; nothing when it was free.
 */
export function takeLock(lock: string): number | undefined {
  const draft = `${lock}.${process.pid}`
  const content = { pid: process.pid, startedAt: processStart(process.pid) }
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 })
  try {
    // A link is made or not made in one step, with its content whole.
    while (!link(draft, lock)) {
      const holder = lockHolder(lock)
      if (holder !== undefined) return holder
      rmSync(lock, { force: true })
    }
    return undefined
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The pid of the process that holds a lock, if it is alive. */
export function lockHolder(lock: string): number | undefined {
  const value = readJson(lock)
  const pid = pick(value, 'pid')
  const alive = typeof pid === 'number' && processStart(pid) === pick(value, 'startedAt')
  return alive ? pid : undefined
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

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // Given up just now, or cut short by a full disk: nobody holds it.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined
    throw error
  }
}
