import { setTimeout as delay } from 'node:timers/promises'
import type { LoadContext } from './load/caller.ts'
import { livePictures, type Person } from './load/ledger.ts'
import { issue, visit } from './load/links.ts'
import { describe, type Live, readThumbnail } from './load/reads.ts'
import { createTally } from './load/tally.ts'
import { upload } from './load/uploads.ts'

const RECOVERY_MS = 180_000
/** A derivation takes a fraction of a second; a job that was lost takes a minute. */
const READY_MS = 15_000
/** An image without a job is looked for after a minute, by a sweep every twenty seconds; a deletion takes two. */
const SETTLED_MS = 300_000

/**
 * Tries the whole of it again and again: an upload, its thumbnail, a link and a
 * visit, each at the first try.
 * @returns the moment of the first time that all of it went well, or undefined when it does not for three minutes.
 */
export async function untilServing(context: LoadContext, prober: Person): Promise<number | undefined> {
  const deadline = performance.now() + RECOVERY_MS
  while (performance.now() < deadline) {
    if (await servesWholly(context, prober)) return performance.now()
    await delay(50)
  }
  return undefined
}

async function servesWholly(context: LoadContext, prober: Person): Promise<boolean> {
  // Its refusals are its own: what counts is what the load met.
  const tally = createTally()
  const once: LoadContext = { ...context, tally, stopping: AbortSignal.abort() }
  const isClean = () => tally.counts.refused + tally.counts.cut + tally.violations.length === 0
  const sent = await upload(once, prober)
  const picture = livePictures(prober).find(({ name }) => name === sent.name)
  if (picture === undefined || !(await becomesReady(once, prober, picture))) return false
  await readThumbnail(once, prober, picture)
  const before = prober.links.length
  await issue(once, prober)
  const link = prober.links.at(-1)
  if (link === undefined || prober.links.length === before) return false
  await visit(once, prober, link)
  return isClean() && link.uses === 1
}

async function becomesReady(context: LoadContext, prober: Person, picture: Live): Promise<boolean> {
  const deadline = performance.now() + READY_MS
  while (!picture.ready && performance.now() < deadline) {
    await describe(context, prober, picture)
    if (!picture.ready) await delay(25)
  }
  return picture.ready
}

/**
 * Waits until nothing is under way any more: every upload is ready or failed,
 * every deletion is done.
 *
 * @param countUnsettled how many images are on their way.
 * @returns the moment, or undefined when it does not come for five minutes.
 */
export async function untilSettled(countUnsettled: () => Promise<number>): Promise<number | undefined> {
  const deadline = performance.now() + SETTLED_MS
  while (performance.now() < deadline) {
    if ((await countUnsettled()) === 0) return performance.now()
    await delay(200)
  }
  return undefined
}

/** What `untilSettled` asks of PostgreSQL. */
export const COUNT_UNSETTLED =
  "SELECT count(*)::integer AS count FROM images WHERE state IN ('pending', 'deleting')"
