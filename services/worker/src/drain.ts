import type { Consumer } from '@tintype/jobs'
import type { Logger } from '@tintype/service-kit'

export interface DrainOptions {
  consumers: Consumer[]
  /** How long jobs in hand may take to end by themselves, in milliseconds. */
  drainMs: number
  /** How long they may take after `release`. */
  releaseMs: number
  /** Has the jobs still in hand give up and go back to the queue. */
  release(): void
  log: Logger
}

/**
 * Takes no more jobs and ends those in hand. What does not end in either time,
 * for instance because Redis is away, is given to another worker when its lock
 * expires.
 */
export async function drainConsumers(options: DrainOptions): Promise<void> {
  const { drainMs, releaseMs, release, log } = options
  const drained = Promise.all(options.consumers.map((consumer) => consumer.drain()))
  if (await endsWithin(drained, drainMs)) return
  log.warn('jobs in hand take too long: they go back to the queue')
  release()
  if (await endsWithin(drained, releaseMs)) return
  log.warn('jobs in hand could not be given back: another worker finds them')
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
