import { readFile } from 'node:fs/promises'

/**
 * A process's resident memory in bytes by `/proc` (proc_pid_status(5), `VmRSS`
 * in KiB); undefined where the process is gone or the system keeps no `/proc`.
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // ESRCH: it ended between the open and the read.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
