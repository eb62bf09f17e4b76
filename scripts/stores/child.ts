import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { recordChild, signalGroup } from './run-records.ts'

export interface ChildOptions {
  /** A short word for records and messages. */
  name: string
  command: string
  args: readonly string[]
  /** Where its record is kept while it lives. */
  runDir: string
  /** Words of its command line, of those that it keeps while it runs. Default: the command's file name. */
  marker?: string
  /** Asks it to end in order. Default SIGTERM. */
  stopSignal?: NodeJS.Signals
  argv0?: string
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** A text for its standard input. Default: none, it reads end of file. */
  input?: string
  /** Output: appended to a file, handed over by the line, or the terminal's. */
  output: { file: string } | { onLine: (line: string, stream: 'stdout' | 'stderr') => void } | 'inherit'
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** Settles when the process is gone and its output has been read. Never rejects. */
  readonly exited: Promise<Exit>
  running(): boolean
  /** Asks it to end; whatever of its group is left after `graceMs` is killed. */
  stop(graceMs?: number): Promise<Exit>
  /** Ends it and its group at once, without a chance to tidy up. */
  kill(): Promise<Exit>
}

const LOG_LIMIT_BYTES = 20 * 1024 ** 2

/**
 * Starts a process at the head of a group of its own, so that a terminal's
 * Ctrl-C reaches the launcher alone, which then ends its children in order.
 * @throws when the command cannot be started at all.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child: ChildProcess = spawn(options.command, options.args, {
    detached: true,
    stdio: stdio(options),
    ...(options.argv0 !== undefined && { argv0: options.argv0 }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  })
  const exited = exitOf(child)
  const pid = await pidOf(child)
  const crossOut = recordChild(options.runDir, {
    name: options.name,
    pid,
    marker: options.marker ?? basename(options.command),
    stopSignal: options.stopSignal ?? 'SIGTERM',
  })
  let gone = false
  child.once('exit', () => {
    gone = true
    // Its own children, if it left any: they would also keep its output open.
    signalGroup(pid, 'SIGKILL')
    crossOut()
  })
  child.stdin?.on('error', ignoreClosedPipe).end(options.input)
  if (typeof options.output === 'object' && 'onLine' in options.output) {
    readLines(child.stdout, 'stdout', options.output.onLine)
    readLines(child.stderr, 'stderr', options.output.onLine)
  }

  const kill = () => {
    if (!gone) signalGroup(pid, 'SIGKILL')
    return exited
  }
  return {
    pid,
    exited,
    running: () => !gone,
    kill,
    async stop(graceMs = 20_000) {
      if (gone) return exited
      child.kill(options.stopSignal ?? 'SIGTERM')
      const timeout = new AbortController()
      const late = delay(graceMs, undefined, { signal: timeout.signal }).then(kill, () => {})
      await Promise.race([exited, late])
      timeout.abort()
      return exited
    },
  }
}

/**
 * Runs a command to its end.
 * @throws with what it printed when it ends otherwise than with 0.
 */
export async function runChild(options: Omit<ChildOptions, 'output'>): Promise<string> {
  const lines: string[] = []
  const child = await startChild({ ...options, output: { onLine: (line) => lines.push(line) } })
  const exit = await child.exited
  if (exit.code !== 0) {
    throw new Error(`${options.name} ended with ${exit.signal ?? exit.code}: ${lines.slice(-15).join('\n')}`)
  }
  return lines.join('\n')
}

/** The last lines of a log, for the message about a process that would not start. */
export function lastLines(file: string, count = 15): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}

function stdio(options: ChildOptions): StdioOptions {
  const input = options.input === undefined ? 'ignore' : 'pipe'
  if (options.output === 'inherit') return [input, 'inherit', 'inherit']
  if ('onLine' in options.output) return [input, 'pipe', 'pipe']
  const file = openLog(options.output.file)
  // The child holds its own copy as soon as spawn, which is synchronous, returns.
  setImmediate(() => closeSync(file))
  return [input, file, file]
}

/** Opens a log for appending; one that grew large is put aside as `.1` first. */
function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => {
      if (child.pid === undefined) reject(new Error('a child was started and has no pid'))
      else resolve(child.pid)
    })
  })
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}

function readLines(
  stream: Readable | null,
  name: 'stdout' | 'stderr',
  onLine: (line: string, stream: 'stdout' | 'stderr') => void,
): void {
  if (stream === null) return
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
    onLine(line, name),
  )
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
