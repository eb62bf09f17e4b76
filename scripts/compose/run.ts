import { type ChildProcess, spawn } from 'node:child_process'
import { isErrno } from '../stores/process-identity.ts'

export interface Ran {
  code: number
  /** Standard output and standard error, as they came. */
  output: string
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  /** 60,000 unless told. */
  timeoutMs?: number
}

/** How long a program that is told to end may take to put away what it has mounted or started, in milliseconds. */
const CLEAN_UP_MS = 10_000

const running = new Map<ChildProcess, Promise<Ran>>()

/** Runs a program to its end, without input. A program that is not there ends with 127, one that takes too long with 124. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const { env = process.env, timeoutMs = 60_000 } = options
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  running.set(child, promise)
  let output = ''
  const keep = (text: string) => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  let late = false
  let timer = setTimeout(() => {
    late = true
    signalGroup(child, 'SIGTERM')
    timer = setTimeout(() => signalGroup(child, 'SIGKILL'), CLEAN_UP_MS)
  }, timeoutMs)
  const end = (code: number) => {
    clearTimeout(timer)
    running.delete(child)
    resolve({ code: late ? 124 : code, output })
  }
  child.once('error', (error) => {
    output += error.message
    end(127)
  })
  // Not `close`: a daemon that the program left behind may hold its output open.
  child.once('exit', (code) => setImmediate(() => end(code ?? 1)))
  return promise
}

/** @throws with the end of what the program said, unless it ends with 0. */
export async function mustRun(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, args, options)
  if (code === 0) return output
  const tail = output.trimEnd().split('\n').slice(-40).join('\n')
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${tail}`)
}

/** Ends whatever is still running, and waits until it has ended. */
export async function endAll(): Promise<void> {
  for (const child of running.keys()) signalGroup(child, 'SIGTERM')
  await Promise.all(running.values())
}

/** Tells a program and all that it began, which would otherwise go on without it. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error // it has ended just now
  }
}
