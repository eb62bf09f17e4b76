import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pick, pickText } from '../json-value.ts'
import { commandLine, isErrno, processStart } from './process-identity.ts'

/**
 * Node cannot ask the kernel to end a child together with its parent. So every
 * child is written down in a run folder while it lives; whoever finds a record
 * whose launcher was killed ends that child, and only that child: pid, start
 * and command line must all fit.
 */
export interface RunRecord {
  name: string
  pid: number
  /** See `processStart`. */
  startedAt: string
  /** Words that stand in its command line. */
  marker: string
  /** Asks it to end in order. */
  stopSignal: NodeJS.Signals
  /** Milliseconds since the epoch. The youngest is ended first. */
  recordedAt: number
}

const GRACE_MS = 10_000

/** Writes a child down. Returns what crosses it out again. */
export function recordChild(runDir: string, record: Omit<RunRecord, 'startedAt' | 'recordedAt'>): () => void {
  const startedAt = processStart(record.pid)
  if (startedAt === undefined) return () => {} // it ended before it could be written down
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
  const path = join(runDir, `${record.name}-${record.pid}.json`)
  const draft = `${path}.new`
  writeFileSync(draft, JSON.stringify({ ...record, startedAt, recordedAt: Date.now() }), { mode: 0o600 })
  renameSync(draft, path)
  return () => rmSync(path, { force: true })
}

/**
 * Ends what the records of a run folder still name, youngest first, politely
 * and after ten seconds by force, each with its whole process group.
 * @returns the names of those that were still there.
 */
export async function endLeftovers(runDir: string, graceMs = GRACE_MS): Promise<string[]> {
  const ended: string[] = []
  for (const { path, record } of readRecords(runDir)) {
    if (await endRecorded(record, graceMs)) ended.push(record.name)
    rmSync(path, { force: true })
  }
  return ended
}

async function endRecorded(record: RunRecord, graceMs: number): Promise<boolean> {
  if (!isSame(record)) return endOrphanedGroup(record)
  signalProcess(record.pid, record.stopSignal)
  const deadline = Date.now() + graceMs
  while (isSame(record) && Date.now() < deadline) await delay(50)
  signalGroup(record.pid, 'SIGKILL')
  // Its command line goes first, its files and ports after it.
  while (processStart(record.pid) === record.startedAt) await delay(20)
  return true
}

function isSame(record: RunRecord): boolean {
  if (processStart(record.pid) !== record.startedAt) return false
  return commandLine(record.pid)?.includes(record.marker) ?? false
}

/**
 * The leader is gone but its group has members: its own children, since the
 * kernel gives a number to nobody else while a group carries it.
 */
function endOrphanedGroup(record: RunRecord): boolean {
  const bootChanged = process.platform === 'linux' && !record.startedAt.startsWith(`${bootId()}:`)
  if (bootChanged || processStart(record.pid) !== undefined) return false
  return signalGroup(record.pid, 'SIGKILL')
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** @returns whether there was anybody to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    throw error
  }
}

/** Signals a process group by its leader's pid. @returns whether it had members. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  return signalProcess(-leader, signal)
}

function readRecords(runDir: string): { path: string; record: RunRecord }[] {
  const found = []
  for (const path of recordPaths(runDir)) {
    const record = parseRecord(readFileSync(path, 'utf8'))
    if (record !== undefined) found.push({ path, record })
  }
  return found.sort((a, b) => b.record.recordedAt - a.record.recordedAt)
}

function recordPaths(runDir: string): string[] {
  try {
    const names = readdirSync(runDir)
    return names.filter((name) => name.endsWith('.json')).map((name) => join(runDir, name))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

/** A record cut short by a full disk names nobody, so it is passed over. */
function parseRecord(text: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Signals to pid 0 or below would go to this process's own group, or to everybody. */
function isRecord(value: unknown): value is RunRecord {
  const pid = pick(value, 'pid')
  const words = ['name', 'startedAt', 'marker', 'stopSignal'].map((name) => pickText(value, name))
  return typeof pid === 'number' && Number.isInteger(pid) && pid > 1 && !words.includes(undefined)
}
