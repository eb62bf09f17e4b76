import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { checkInvariants } from './invariants.ts'
import type { LoadContext } from './load/caller.ts'
import type { Person } from './load/ledger.ts'
import { type Pace, startLoad } from './load/load.ts'
import { createTally } from './load/tally.ts'
import { COUNT_UNSETTLED, untilServing, untilSettled } from './recovery.ts'
import type { Stage } from './stage.ts'

/** What a fault did: a row of the table. */
export interface FaultResult {
  fault: string
  requests: number
  refused: number
  cut: number
  accepted: number
  lost: number
  /** Seconds from the end of the fault until an upload, its thumbnail and a link went well, each at the first try. */
  recoveredSeconds: number | undefined
  /** Seconds from the end of the fault until nothing was under way any more. */
  settledSeconds: number | undefined
  /** Pictures that ended as failed, with a code. */
  failed: number
  /** Codes of refusals and of connections that were cut, with how often. */
  seen: Record<string, number>
  broken: string[]
}

export interface Trial {
  stage: Stage
  context: LoadContext
  people: Person[]
  /** Somebody apart, by whom it is tried whether the product serves. */
  prober: Person
  pace: Pace
  /** How long a fault is kept up, about. */
  holdMs: number
  say(line: string): void
  /** Told of each result as soon as it is there. */
  onResult(result: FaultResult): void
}

/** How long the load runs on a sound product before something breaks, and after all is well. */
const LEAD_MS = 2000
const TAIL_MS = 2000

/** Breaks one thing under the load, has it mended, and checks that everything holds that must. */
export async function tryFault(trial: Trial, fault: Fault): Promise<FaultResult> {
  const { stage, context, people, prober, pace, say } = trial
  const { random } = context
  context.tally = createTally()
  const before = countAccepted(people)
  const load = startLoad(context, people, pace)
  await delay(LEAD_MS)
  let healedAt = performance.now()
  const holdMs = trial.holdMs * (0.75 + random.next() / 2)
  await fault.run({
    ...{ stage, random, people, say },
    hold: () => delay(holdMs),
    healed: () => {
      healedAt = performance.now()
    },
  })
  say(`  mended after ${((performance.now() - healedAt) / 1000).toFixed(1)} s`)
  const servedAt = await untilServing(context, prober)
  await delay(TAIL_MS)
  await load.stop()
  const { tally } = context
  const settledAt = await untilSettled(async () => {
    const [row] = await stage.database.db.execute<{ count: number }>(COUNT_UNSETTLED)
    return row?.count ?? 0
  })

  const broken = [...tally.violations]
  const counts = { ...tally.counts }
  if (servedAt === undefined) broken.push('the product did not serve again within three minutes')
  if (settledAt === undefined) broken.push('not everything came to an end within five minutes')
  if (counts.cut > 0 && !fault.mayCut) broken.push(`${counts.cut} requests were not answered to their end`)
  broken.push(...faultsOfProcesses(stage))
  // What the check asks is not the load's.
  context.tally = createTally()
  const findings = await checkInvariants(stage, context, [...people, prober])
  const since = (at: number | undefined) => (at === undefined ? undefined : Math.max(0, at - healedAt) / 1000)
  return {
    ...{ fault: fault.name, ...counts, lost: findings.lost },
    accepted: countAccepted(people) - before,
    recoveredSeconds: since(servedAt),
    settledSeconds: since(settledAt),
    failed: people
      .flatMap(({ pictures }) => pictures)
      .filter((one) => one.accepted === 'yes' && one.deleted === 'no' && !one.ready).length,
    seen: Object.fromEntries(tally.seen),
    broken: [...broken, ...findings.broken, ...context.tally.violations],
  }
}

function countAccepted(people: Person[]): number {
  return people.flatMap(({ pictures }) => pictures).filter(({ accepted }) => accepted === 'yes').length
}

/** Services end when they are told to or killed, and of no fault of their own. */
function faultsOfProcesses(stage: Stage): string[] {
  const ended = stage.running().filter((service) => !service.running())
  return ended.map(({ name, logs }) => `${name} ended by itself: ${JSON.stringify(logs.at(-1))}`)
}
