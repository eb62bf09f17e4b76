import { setTimeout as delay } from 'node:timers/promises'
import type { Running } from './keep-running.ts'

const TIMEOUT_MS = 120_000
const ANSWER_MS = 5_000

/**
 * Waits until a service answers 200 at `/readyz`.
 * @throws one sentence when it ends before that, or takes more than two minutes.
 */
export async function untilReady(name: string, origin: string, service: Running, log: string): Promise<void> {
  let ended = false
  void service.exited.then(() => {
    ended = true
  })
  const deadline = performance.now() + TIMEOUT_MS
  while (!(await isReady(origin))) {
    if (ended) throw new Error(`The ${name} service ended before it was ready; its log is ${log}.`)
    if (performance.now() > deadline)
      throw new Error(`The ${name} service was not ready within ${TIMEOUT_MS / 1000} s; its log is ${log}.`)
    await delay(50)
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    await answer.body?.cancel()
    return answer.status === 200
  } catch {
    return false // not listening yet, or too busy to answer: asked again
  }
}
