import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../bench/statistics.ts'
import type { LoadContext } from '../chaos/load/caller.ts'
import type { Person } from '../chaos/load/ledger.ts'
import { createTally, type Tally } from '../chaos/load/tally.ts'
import { upload } from '../chaos/load/uploads.ts'

/** Uploads under way at once while it is measured what the product can do. */
const CAPACITY_CLIENTS = 16
const CAPACITY_MS = 10_000
const TIMES = 10
const BURST_MS = 20_000
/** What is sent and not answered yet may be so much: a machine has no more ports and memory for callers than that. */
const MAX_OUTSTANDING = 4000

export interface Overload {
  /** Uploads a second that were answered with 202 when nobody asked for more. */
  capacityPerSecond: number
  /** Uploads a second that were sent. */
  sentPerSecond: number
  sent: number
  accepted: number
  refused: number
  cut: number
  refusedP50Ms: number
  refusedP99Ms: number
  acceptedP99Ms: number
  /** Codes of refusals and of connections that were cut, with how often. */
  seen: Record<string, number>
  violations: readonly string[]
}

/** Sends ten times as many uploads as the product takes, whether it answers or not. */
export async function overload(context: LoadContext, people: Person[]): Promise<Overload> {
  const capacityPerSecond = await measureCapacity(context, people)
  const tally = createTally()
  const tookMs = { accepted: [] as number[], refused: [] as number[] }
  const underWay = new Set<Promise<void>>()
  // Each is sent once: who comes again adds to what is too much already.
  const once: LoadContext = { ...context, tally, stopping: AbortSignal.abort() }

  async function sendOne(at: number): Promise<void> {
    const startedAt = performance.now()
    const { accepted } = await upload(once, people[at % people.length] as Person)
    tookMs[accepted === 'yes' ? 'accepted' : 'refused'].push(performance.now() - startedAt)
  }

  const perSecond = Math.ceil(capacityPerSecond * TIMES)
  const beganAt = performance.now()
  let sent = 0
  for (let elapsedMs = 0; elapsedMs < BURST_MS; elapsedMs = performance.now() - beganAt) {
    const due = Math.floor((elapsedMs / 1000) * perSecond)
    for (; sent < due && underWay.size < MAX_OUTSTANDING; sent += 1) {
      const one = sendOne(sent).finally(() => underWay.delete(one))
      underWay.add(one)
    }
    await delay(5)
  }
  const tookSeconds = (performance.now() - beganAt) / 1000
  await Promise.all(underWay)
  const { requests, refused, cut } = tally.counts
  return {
    ...{ capacityPerSecond, sent: requests, sentPerSecond: requests / tookSeconds },
    ...{ accepted: tookMs.accepted.length, refused, cut },
    refusedP50Ms: quantileOrZero(tookMs.refused, 0.5),
    refusedP99Ms: quantileOrZero(tookMs.refused, 0.99),
    acceptedP99Ms: quantileOrZero(tookMs.accepted, 0.99),
    seen: Object.fromEntries(tally.seen),
    violations: tally.violations,
  }
}

/** A few callers, each sending the next picture when the last was answered. */
async function measureCapacity(context: LoadContext, people: Person[]): Promise<number> {
  const tally: Tally = createTally()
  const once: LoadContext = { ...context, tally, stopping: AbortSignal.abort() }
  const deadline = performance.now() + CAPACITY_MS
  let accepted = 0
  const caller = async (person: Person) => {
    while (performance.now() < deadline) {
      if ((await upload(once, person)).accepted === 'yes') accepted += 1
    }
  }
  const startedAt = performance.now()
  await Promise.all(people.slice(0, CAPACITY_CLIENTS).map(caller))
  return accepted / ((performance.now() - startedAt) / 1000)
}

function quantileOrZero(values: readonly number[], share: number): number {
  return values.length === 0 ? 0 : quantile(values, share)
}
