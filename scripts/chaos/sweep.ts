import { setTimeout as delay } from 'node:timers/promises'
import { poll } from '@tintype/testkit'
import { findOrphans } from './invariants.ts'
import { ORPHAN_MIN_AGE_MS, type Stage } from './stage.ts'

/** An object's age is told in whole seconds by some stores. */
const SLACK_MS = 2000
const SWEPT_MS = 120_000

export interface Sweeping {
  found: number
  left: number
}

/**
 * Waits until the sweep of orphans is due for all that there are, has it run,
 * and counts what it left. An emptied Redis has every schedule begin anew.
 */
export async function sweepOrphans(stage: Stage): Promise<Sweeping> {
  const { keys, youngestMs } = await findOrphans(stage)
  if (keys.length === 0) return { found: 0, left: 0 }
  await delay(Math.max(0, ORPHAN_MIN_AGE_MS + SLACK_MS - youngestMs))
  await stage.stack.redis.flush()
  await stage.replace('worker')
  const isClean = async () => (await findOrphans(stage)).keys.length === 0
  await poll(isClean, { timeoutMs: SWEPT_MS, everyMs: 1000 }).catch(() => {})
  return { found: keys.length, left: (await findOrphans(stage)).keys.length }
}
