import type { Consumer } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'
import type { JobsInHand } from './jobs-in-hand.ts'

/** How long Redis may take to be told of jobs that ended, in milliseconds. */
const TELL_MS = 1000

export interface DrainOptions {
  consumers: Pick<Consumer, 'drain'>[]
  inHand: Pick<JobsInHand, 'count' | 'none'>
  /** How long jobs in hand may take to end by themselves, in milliseconds. */
  drainMs: number
  /** How long they may take after `release`. */
  releaseMs: number
  /** Has the jobs still in hand give up and go back to the queue. */
  release(): void
  log: Pick<Logger, 'warn'>
}

/**
 * Takes no more jobs and ends those in hand. Takes two seconds more than its
 * times at most. A consumer waits for Redis for as long as that is away, so
 * only jobs in hand are waited for that long; what Redis could not be told is
 * found when the jobs' locks expire.
 */
export async function drainConsumers(options: DrainOptions): Promise<void> {
  const { inHand, drainMs, releaseMs, release, log } = options
  const drained = Promise.all(options.consumers.map((consumer) => consumer.drain()))
  const deadline = performance.now() + drainMs
  for (;;) {
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) break
    await endsWithin(Promise.race([drained, inHand.none()]), leftMs)
    if (await endsWithin(drained, TELL_MS)) return
    // One more may have been on its way from Redis.
    if (inHand.count() === 0) break
  }
  if (inHand.count() > 0) {
    log.warn({ jobs: inHand.count() }, 'jobs in hand take too long: they go back to the queue')
    release()
    await endsWithin(inHand.none(), releaseMs)
    if (await endsWithin(drained, TELL_MS)) return
  }
  log.warn({ jobs: inHand.count() }, 'Redis could not be told of all jobs: another worker looks after them')
}

async function endsWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), timeoutMs)
  try {
    return await Promise.race([work.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}
