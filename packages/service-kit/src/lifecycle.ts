import type { Logger } from './logger.ts'

export interface Lifecycle {
  /** Registers how something that was begun is ended. What was begun last ends first. */
  onStop(name: string, stop: () => unknown): void
  /** Ends everything, once; later calls wait for the same end. */
  stop(): Promise<void>
}

/**
 * Ends a process in order: on SIGTERM or SIGINT what was begun last is ended
 * first, each step waiting for the one before. A second signal, or `timeoutMs`,
 * ends the process at once with code 1. A fault nobody caught ends it the same
 * way, with code 1, after it was logged.
 */
export function createLifecycle(log: Logger, timeoutMs: number): Lifecycle {
  const steps: { name: string; stop: () => unknown }[] = []
  let stopping: Promise<void> | undefined

  async function stopAll(): Promise<void> {
    for (const step of steps.toReversed()) {
      try {
        await step.stop()
      } catch (error) {
        log.error({ err: error, step: step.name }, 'could not be ended cleanly')
      }
    }
  }

  const lifecycle: Lifecycle = {
    onStop: (name, stop) => steps.push({ name, stop }),
    stop: () => (stopping ??= stopAll()),
  }

  function exit(code: number, reason: object): void {
    if (stopping !== undefined) {
      log.warn(reason, 'asked to stop again: stopping at once')
      process.exit(1)
    }
    log.info(reason, 'stopping')
    setTimeout(() => {
      log.error('did not stop in time')
      process.exit(1)
    }, timeoutMs).unref()
    lifecycle.stop().then(() => process.exit(code))
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => exit(0, { signal }))
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      log.fatal({ err: error }, fault)
      exit(1, { fault })
    })
  }
  return lifecycle
}
