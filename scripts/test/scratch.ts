import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'

/** An empty folder that goes when the test ends. */
export function scratchFolder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tintype-scripts-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/**
 * Asks until the answer is neither false nor undefined.
 * @throws when that takes more than `withinMs`.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`)
    await delay(20)
  }
}
