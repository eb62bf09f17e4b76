import { setTimeout as delay } from 'node:timers/promises'

export interface PollOptions {
  /** For the message of a failure. The condition's source unless told. */
  waitingFor?: string
  /** 30,000 unless told: a machine may have more to do. */
  timeoutMs?: number
  /** How long to pause between two questions. An eighth of the wait so far unless told, from 10 to 200. */
  everyMs?: number
}

/**
 * Asks again and again until the condition answers something truthy, and
 * answers that. A condition that throws is not met yet.
 *
 * @throws after `timeoutMs`, with what was waited for; the cause is what the condition threw last.
 */
export async function poll<T>(
  condition: () => T | Promise<T>,
  options: PollOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { waitingFor = String(condition), timeoutMs = 30_000 } = options
  const start = performance.now()
  for (;;) {
    let cause: unknown
    try {
      const answer = await condition()
      if (answer) return answer as Exclude<T, false | null | undefined>
    } catch (error) {
      cause = error
    }
    const waited = performance.now() - start
    if (waited > timeoutMs) {
      throw new Error(`waited ${timeoutMs} ms in vain for: ${waitingFor}`, { cause })
    }
    // Each question costs those who work at the answer: long waits ask seldom.
    await delay(options.everyMs ?? Math.min(200, Math.max(10, waited / 8)))
  }
}
