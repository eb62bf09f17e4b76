import { setTimeout as delay } from 'node:timers/promises'
import type { Exit } from '../stores/child.ts'

/** A process of the launcher's. */
export interface Running {
  readonly exited: Promise<Exit>
  stop(): Promise<unknown>
  kill(): Promise<unknown>
}

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 10_000
/** Who ran as long as this is not held to have failed at the start. */
const SETTLED_MS = 60_000

/**
 * Starts a process again whenever it ends by itself, with a delay that doubles
 * up to ten seconds and is said.
 * @returns what stops it, and keeps it stopped.
 */
export function keepRunning(
  name: string,
  running: Running,
  start: () => Promise<Running>,
  say: (line: string) => void,
): Pick<Running, 'stop' | 'kill'> {
  const stopped = new AbortController()
  let current: Running | undefined = running

  const watch = async () => {
    let delayMs = FIRST_DELAY_MS
    while (!stopped.signal.aborted) {
      const startedAt = performance.now()
      const ending = current === undefined ? undefined : describe(await current.exited)
      if (stopped.signal.aborted) return
      if (performance.now() - startedAt > SETTLED_MS) delayMs = FIRST_DELAY_MS
      if (ending !== undefined)
        say(`${name} ended unexpectedly (${ending}); it starts again in ${delayMs / 1000} s`)
      await delay(delayMs, undefined, { signal: stopped.signal })
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)
      current = await startAgain()
    }
  }
  const startAgain = async () => {
    try {
      const next = await start()
      if (stopped.signal.aborted)
        await next.stop() // stopped while it was coming up
      else say(`${name} started again`)
      return next
    } catch (error) {
      if (!stopped.signal.aborted)
        say(`${name} does not start: ${error instanceof Error ? error.message : error}`)
      return undefined
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error
  })

  const end = async (how: 'stop' | 'kill') => {
    stopped.abort()
    await current?.[how]()
    await watching
  }
  return { stop: () => end('stop'), kill: () => end('kill') }
}

function describe({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`
}
