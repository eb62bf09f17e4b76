import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildMessage, DeriveJob, DeriveOutcome, DeriveRequest } from './messages.ts'
import { residentBytes } from './resident-memory.ts'
import { removeSpooled } from './spool.ts'

const START_TIMEOUT_MS = 30_000
/** How long an idle child may take to go after it was told to. */
const END_TIMEOUT_MS = 5_000
const MEMORY_POLL_MS = 250
const STDERR_TAIL_CHARS = 2_000
/** One job needs one thread, its store and file work one or two. */
const THREADPOOL_SIZE = '4'
/** glibc's arenas: each thread of libuv would keep one of its own, full of holes. */
const MALLOC_ARENAS = '2'

/**
 * V8's young objects, in MiB of each half: the buffers of a picture go when the
 * objects that hold them do. With the 16 that Node has, a child came to 250 MiB over
 * thousands of small pictures; with 4 to half of that, as fast.
 */
const SEMI_SPACE_MIB = 4

export type CrashReason = 'exit' | 'timeout' | 'memory'

/** The child ended in the middle of a job, by itself or because it went past a limit. */
export interface Crash {
  outcome: 'crashed'
  reason: CrashReason
  detail: string
}

/** A child did not start: nothing was decoded and no picture is to blame. */
export class DecoderUnavailable extends Error {
  override name = 'DecoderUnavailable'
}

/** The store gave the original, or took the renditions, too slowly: no picture is to blame. */
export class TransferTimeout extends Error {
  override name = 'TransferTimeout'
}

export interface DecoderOptions {
  /** How long a decode may take, from the spooled original to the last rendition's bytes. */
  timeoutMs: number
  /** How long the transfer before the decode may take, and that after it: stalls are ended by the store's own timeouts. */
  transferTimeoutMs: number
  maxRssBytes: number
  /** Of the child's process, 0 to 19. */
  niceness: number
  env: Record<string, string>
  log: DecoderLog
}

/** What is used of the service's logger. */
export interface DecoderLog {
  warn(fields: object, message: string): void
}

export interface DecoderRun {
  outcome: DeriveOutcome | Crash
  /** Of the child after the job; 0 where it crashed. */
  rssBytes: number
}

/** One child process. Takes one job at a time. */
export interface Decoder {
  readonly pid: number
  /**
   * Ends the job by killing the child where `signal` aborts, and rejects with
   * its reason; so it does with `TransferTimeout`.
   */
  run(job: DeriveJob, signal?: AbortSignal): Promise<DecoderRun>
  /** Resolves when the child has ended, whoever ended it. */
  readonly ended: Promise<void>
  /** Lets an idle child end by itself, for a while. */
  end(): Promise<void>
  kill(): Promise<void>
}

/**
 * Forks a decoder child and waits until it can take jobs.
 *
 * Rejects with `DecoderUnavailable` where it ends before that, or takes over 30 s.
 */
export async function startDecoder(options: DecoderOptions): Promise<Decoder> {
  const { log } = options
  const child = forkChild(options.env)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log.warn(
      { pid: child.pid, text: text.slice(-STDERR_TAIL_CHARS) },
      'A decoder process wrote to its error stream',
    )
  })
  // Without a listener a failed kill or send would end this process; what it means for a job comes with 'exit'.
  child.on('error', (error) =>
    log.warn({ pid: child.pid, err: error }, 'A decoder process could not be reached'),
  )

  const { pid } = child
  if (pid === undefined) {
    const [error] = await once(child, 'error')
    throw new DecoderUnavailable('The decoder process could not be started', { cause: error })
  }
  yieldCores(pid, options.niceness)
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  const ended = exited
    .then(() => removeSpooled(pid))
    .catch((error: unknown) =>
      log.warn({ pid, err: error }, 'What a decoder process left behind was not removed'),
    )
  await untilReady(child, exited)

  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return {
    pid,
    ended,
    kill,
    run: (job, signal) => runJob({ child, pid, exited, options }, job, signal),
    async end() {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
      await ended.finally(() => clearTimeout(timer))
    },
  }
}

/** A child that is gone already is met as its exit. */
function yieldCores(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness)
  } catch {}
}

function forkChild(env: Record<string, string>): ChildProcess {
  const entry = fileURLToPath(new URL(`./child${extname(import.meta.filename)}`, import.meta.url))
  return fork(entry, [], {
    env: { ...env, UV_THREADPOOL_SIZE: THREADPOOL_SIZE, MALLOC_ARENA_MAX: MALLOC_ARENAS },
    execArgv: [`--max-semi-space-size=${SEMI_SPACE_MIB}`, ...importConditions(process.execArgv)],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}

/** Of this process's own flags a child needs those that decide what its imports resolve to; `--inspect` or `--watch` would harm it. */
export function importConditions(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((flag, index) => {
    if (flag.startsWith('--conditions=')) return [flag]
    const value = execArgv[index + 1]
    return (flag === '--conditions' || flag === '-C') && value !== undefined ? [flag, value] : []
  })
}

async function untilReady(child: ChildProcess, exited: Promise<string>): Promise<void> {
  const ready = Promise.withResolvers<string | undefined>()
  child.once('message', () => ready.resolve(undefined))
  const timer = setTimeout(() => ready.resolve(`no word in ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS)
  const failure = await Promise.race([ready.promise, exited]).finally(() => clearTimeout(timer))
  if (failure === undefined) return
  child.kill('SIGKILL')
  throw new DecoderUnavailable(`A decoder process did not start: ${failure}`)
}

interface RunningChild {
  child: ChildProcess
  pid: number
  exited: Promise<string>
  options: DecoderOptions
}

let lastRequestId = 0

async function runJob(
  { child, pid, exited, options: { timeoutMs, transferTimeoutMs, maxRssBytes } }: RunningChild,
  job: DeriveJob,
  signal?: AbortSignal,
): Promise<DecoderRun> {
  signal?.throwIfAborted()
  lastRequestId += 1
  const request: DeriveRequest = { id: lastRequestId, job }
  const answered = Promise.withResolvers<DecoderRun>()
  /** Why we killed it; undefined where it ended by itself. */
  let killedFor: Omit<Crash, 'outcome'> | undefined
  const killFor = (reason: CrashReason, detail: string): void => {
    killedFor ??= { reason, detail }
    child.kill('SIGKILL')
  }

  const rejectWith = (reason: unknown): void => {
    answered.reject(reason)
    child.kill('SIGKILL')
  }

  const limitTransfer = (): NodeJS.Timeout =>
    setTimeout(
      () => rejectWith(new TransferTimeout(`The store took over ${transferTimeoutMs} ms`)),
      transferTimeoutMs,
    )
  const limitDecode = (): NodeJS.Timeout =>
    setTimeout(() => killFor('timeout', `decoding took over ${timeoutMs} ms`), timeoutMs)
  let timer = limitTransfer()

  const onMessage = (message: ChildMessage): void => {
    if (message.kind === 'ready' || message.id !== request.id) return
    clearTimeout(timer)
    if (message.kind === 'decoding') timer = limitDecode()
    else if (message.kind === 'decoded') timer = limitTransfer()
    else answered.resolve({ outcome: message.outcome, rssBytes: message.rssBytes })
  }
  const onAbort = (): void => rejectWith(signal?.reason)
  const watch = setInterval(() => {
    residentBytes(pid).then((bytes) => {
      if (bytes !== undefined && bytes > maxRssBytes) killFor('memory', `${bytes} bytes resident`)
    }, answered.reject)
  }, MEMORY_POLL_MS)
  const crashed = exited.then((how): DecoderRun => {
    const { reason, detail } = killedFor ?? { reason: 'exit', detail: how }
    return { outcome: { outcome: 'crashed', reason, detail }, rssBytes: 0 }
  })

  child.on('message', onMessage)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    // A child that is gone is met as its exit, so a failed send needs no care of its own.
    if (child.connected) child.send(request)
    return await Promise.race([answered.promise, crashed])
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    child.off('message', onMessage)
    signal?.removeEventListener('abort', onAbort)
  }
}
