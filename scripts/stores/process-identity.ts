import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What tells one process from a later one that got the same pid: when it
 * started. On Linux that is the boot's id and the start in clock ticks since
 * then, elsewhere what `ps` says. `undefined`: no such process, or only its
 * zombie is left.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStart(pid)
  const fields = ps(pid, 'stat=,lstart=')
  if (fields === undefined || fields.startsWith('Z')) return undefined
  return fields.replace(/^\S+\s+/, '')
}

/** A running process's command line, arguments parted by blanks. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=')
  return readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim()
}

/** proc(5): field 3 is the state, field 22 the start; field 2, the name, may hold blanks and brackets. */
function linuxStart(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, ticks] = [fields[0], fields[19]]
  if (state === 'Z' || state === 'X' || ticks === undefined) return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // ESRCH: the process went away between open and read.
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined
    throw error
  }
}

function ps(pid: number, columns: string): string | undefined {
  try {
    const out = execFileSync('ps', ['-o', columns, '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return out.trim() || undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw error
    return undefined // ps exits with 1 when no process matches
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
