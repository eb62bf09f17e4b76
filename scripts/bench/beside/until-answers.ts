import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from '../../stores/child.ts'

const DEADLINE_MS = 30_000

/** Waits until a server answers at all. @throws when it ends before that, or takes more than half a minute. */
export async function untilAnswers(url: string, child: Child): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (child.running() && performance.now() < deadline) {
    try {
      await (await fetch(url)).arrayBuffer()
      return
    } catch {
      await delay(20) // does not listen yet
    }
  }
  throw new Error(`${url} did not answer`)
}
