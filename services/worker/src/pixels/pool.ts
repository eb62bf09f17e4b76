import { type Crash, type CrashReason, type Decoder, type DecoderLog, startDecoder } from './decoder.ts'
import type { DeriveJob, DeriveOutcome } from './messages.ts'

const MIB = 1024 ** 2

const DEFAULTS = {
  timeoutMs: 60_000,
  transferTimeoutMs: 600_000,
  maxRssBytes: 1024 * MIB,
  recycleRssBytes: 256 * MIB,
  closeTimeoutMs: 60_000,
  niceness: 0,
}

export interface DecoderPoolOptions {
  /** Most children at once: a core's worth of work each. */
  size: number
  /** Sum of the megapixels in flight; a picture that exceeds it by itself is decoded alone. */
  megapixelBudget: number
  /** A child's whole environment, `STORE_URL` in it (see `decoderEnvironment`). */
  childEnv: Record<string, string>
  log: DecoderLog
  /** How long a decode may take. A child that takes longer is killed, and its job is a crash. */
  timeoutMs?: number
  /** How long the store may take to give the original, and to take the renditions; more is no crash. */
  transferTimeoutMs?: number
  /** A child above this is killed, and its job is a crash. */
  maxRssBytes?: number
  /** A child that holds more than this after a job is replaced. */
  recycleRssBytes?: number
  /** How long `close` waits for jobs. */
  closeTimeoutMs?: number
  /** Of the children, 0 to 19: what others wait for less gives way (nice(2)). */
  niceness?: number
}

export interface PoolJob extends DeriveJob {
  /** What the picture's header claims; against the budget. */
  megapixels: number
}

export interface DecoderPoolStats {
  children: number
  busy: number
  queued: number
  megapixelsInFlight: number
  /** Since the pool was made. */
  started: number
  recycled: number
  crashed: Record<CrashReason, number>
}

export interface DecoderPool {
  /**
   * Runs a job in a child, in the order of the calls.
   *
   * Rejects with `DecoderUnavailable` where no child starts, with `TransferTimeout`
   * where the store is too slow, with `DecoderPoolClosed` where the pool is
   * closing, and with the reason of `signal`: a job that had begun then costs its
   * child.
   */
  derive(job: PoolJob, signal?: AbortSignal): Promise<DeriveOutcome | Crash>
  /** Takes no more jobs, lets those it has end for at most `closeTimeoutMs`, then ends the children. */
  close(): Promise<void>
  /** Process ids of the children that live. */
  children(): number[]
  stats(): DecoderPoolStats
}

export class DecoderPoolClosed extends Error {
  override name = 'DecoderPoolClosed'
  constructor() {
    super('The decoder pool is closed')
  }
}

interface QueuedJob {
  job: PoolJob
  signal: AbortSignal
  settle: PromiseWithResolvers<DeriveOutcome | Crash>
}

/**
 * A pool of decoder children. They start when jobs come and are kept warm
 * between jobs; one that crashes, hangs or grows past a limit costs its own job
 * alone, and is replaced by the next job that needs one.
 */
export function createDecoderPool(options: DecoderPoolOptions): DecoderPool {
  const settings = { ...DEFAULTS, ...options }
  const { size, megapixelBudget, log } = settings
  const queue: QueuedJob[] = []
  const idle: Decoder[] = []
  const living = new Set<Decoder>()
  const closing = new AbortController()
  const counts = { started: 0, recycled: 0, crashed: { exit: 0, timeout: 0, memory: 0 } }
  let busy = 0
  let megapixelsInFlight = 0
  let closed: Promise<void> | undefined
  let onDrained: (() => void) | undefined

  // Strictly in order: a huge picture at the head waits for room instead of being passed for ever.
  function hasRoom({ job }: QueuedJob): boolean {
    return busy < size && (busy === 0 || megapixelsInFlight + job.megapixels <= megapixelBudget)
  }

  function pump(): void {
    for (let next = queue[0]; next !== undefined && hasRoom(next); next = queue[0]) {
      queue.shift()
      void begin(next)
    }
    if (busy === 0 && queue.length === 0) onDrained?.()
  }

  async function begin({ job, signal, settle }: QueuedJob): Promise<void> {
    busy += 1
    megapixelsInFlight += job.megapixels
    try {
      settle.resolve(await runInChild(job, signal))
    } catch (error) {
      settle.reject(error)
    } finally {
      busy -= 1
      megapixelsInFlight -= job.megapixels
      pump()
    }
  }

  async function runInChild(job: PoolJob, signal: AbortSignal): Promise<DeriveOutcome | Crash> {
    const decoder = idle.pop() ?? (await start())
    try {
      const { megapixels: _, ...request } = job
      const { outcome, rssBytes } = await decoder.run(request, signal)
      if (outcome.outcome === 'crashed') {
        counts.crashed[outcome.reason] += 1
        log.warn(
          { pid: decoder.pid, imageId: job.imageId, ...outcome },
          'A decoder process crashed on a picture',
        )
        await decoder.ended
      } else if (rssBytes > settings.recycleRssBytes) {
        counts.recycled += 1
        await decoder.end()
      } else {
        idle.push(decoder)
      }
      return outcome
    } catch (error) {
      await decoder.kill()
      throw error
    }
  }

  async function start(): Promise<Decoder> {
    counts.started += 1
    const decoder = await startDecoder({
      timeoutMs: settings.timeoutMs,
      transferTimeoutMs: settings.transferTimeoutMs,
      maxRssBytes: settings.maxRssBytes,
      niceness: settings.niceness,
      env: settings.childEnv,
      log,
    })
    living.add(decoder)
    void decoder.ended.then(() => {
      living.delete(decoder)
      const at = idle.indexOf(decoder)
      if (at !== -1) idle.splice(at, 1)
    })
    return decoder
  }

  function derive(job: PoolJob, signal?: AbortSignal): Promise<DeriveOutcome | Crash> {
    if (closed !== undefined) return Promise.reject(new DecoderPoolClosed())
    const settle = Promise.withResolvers<DeriveOutcome | Crash>()
    const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
    const queued: QueuedJob = { job, signal: either, settle }
    const onAbort = (): void => {
      const at = queue.indexOf(queued)
      if (at === -1) return
      queue.splice(at, 1)
      settle.reject(either.reason)
      // Whoever waited behind it may have room.
      pump()
    }
    either.addEventListener('abort', onAbort, { once: true })
    queue.push(queued)
    if (either.aborted) onAbort()
    else pump()
    return settle.promise.finally(() => either.removeEventListener('abort', onAbort))
  }

  async function shut(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      onDrained = resolve
    })
    pump()
    const timer = setTimeout(() => closing.abort(new DecoderPoolClosed()), settings.closeTimeoutMs)
    await drained.finally(() => clearTimeout(timer))
    await Promise.all([...living].map((decoder) => decoder.end()))
  }

  return {
    derive,
    close() {
      closed ??= shut()
      return closed
    },
    children: () => [...living].map(({ pid }) => pid),
    stats: () => ({
      children: living.size,
      busy,
      queued: queue.length,
      megapixelsInFlight,
      started: counts.started,
      recycled: counts.recycled,
      crashed: { ...counts.crashed },
    }),
  }
}
