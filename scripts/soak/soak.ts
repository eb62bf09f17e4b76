import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Product } from '../bench/product.ts'
import type { LoadContext } from '../chaos/load/caller.ts'
import { forgetGone, type Person } from '../chaos/load/ledger.ts'
import { type Pace, startLoad } from '../chaos/load/load.ts'
import { createPeople } from '../chaos/load/people.ts'
import { createPictureSource, SMALL } from '../chaos/load/pictures.ts'
import { createTally } from '../chaos/load/tally.ts'
import { createRandom } from '../chaos/random.ts'
import { COUNT_UNSETTLED, untilServing, untilSettled } from '../chaos/recovery.ts'
import { errorsInLogs } from './faults-in-logs.ts'
import { createFigures, type Sample } from './figures.ts'
import { type Growth, growthOf } from './growth.ts'
import { type Overload, overload } from './overload.ts'

const PEOPLE = 4
/** As many are deleted as come. */
const PACE: Pace = { uploadMs: 800, readMs: 50, linkMs: 100, deleteMs: 500, keep: 40 }
/** So many that a limit of each user's own is not all that keeps the product from harm. */
const CROWD = 100
/** Links are gone again within the warm-up. */
const LINK_SECONDS = 60
const SAMPLE_MS = 5000
/** What pools, caches and compilers take in the first part of a run is not growth. */
const WARM_UP_SHARE = 0.3

export interface SoakResult {
  requests: number
  refused: number
  growths: Growth[]
  overload: Overload
  /** Seconds after the last of the overload until an upload, its thumbnail and a link went well at the first try. */
  recoveredSeconds: number | undefined
  /** Seconds until all that was accepted was ready. */
  settledSeconds: number | undefined
  notReady: number
  /** What services logged as errors, and how often. */
  errors: Map<string, number>
  broken: string[]
}

/** Mixed traffic for a while, looked at every five seconds; then ten times as much as the product can do. */
export async function soak(
  product: Product,
  { minutes, seed, say }: { minutes: number; seed: number; say(line: string): void },
): Promise<SoakResult> {
  const admin = await product.signInAsAdmin()
  const [prober, ...people] = await createPeople(admin, PEOPLE + 1)
  if (prober === undefined) throw new Error('there is nobody')
  const context: LoadContext = {
    ...{ url: product.url, random: createRandom(seed), tally: createTally(), linkSeconds: LINK_SECONDS },
    ...{ pictures: await createPictureSource('soak'), stopping: AbortSignal.abort() },
    agent: new Agent({ keepAlive: true }),
  }
  const pids = pidsOf(product)
  const samples = await watchTraffic(product, { context, people, minutes, say })
  const traffic = context.tally
  const growths = growthOf(samples.slice(Math.floor(samples.length * WARM_UP_SHARE)))

  say(`overload: ten times what it can do, by ${CROWD} people …`)
  const { agent: _kept, ...others } = context
  // Whoever sends ten times what the product takes has a core or two as well: it makes as little of each as it can.
  const apart = { ...others, pictures: await createPictureSource('overload', [SMALL]) }
  const crowd = await createPeople(admin, CROWD)
  const burst = await overload(apart, crowd)
  const endedAt = performance.now()
  const servedAt = await untilServing(apart, prober)
  const settledAt = await untilSettled(async () => {
    const [row] = await product.sql.unsafe<{ count: number }[]>(COUNT_UNSETTLED)
    return row?.count ?? 0
  })
  const since = (at: number | undefined) => (at === undefined ? undefined : (at - endedAt) / 1000)
  const notReady = await countNotReady(product, crowd)
  const errors = await errorsInLogs(product.logs, Object.keys(product.processes))

  const broken = [...traffic.violations, ...burst.violations]
  if (traffic.counts.cut > 0)
    broken.push(`${traffic.counts.cut} requests of the traffic were not answered to their end`)
  for (const { figure, isFlat } of growths) if (!isFlat) broken.push(`grows: ${figure}`)
  if (burst.refused === 0) broken.push('nothing was refused under overload')
  if (servedAt === undefined) broken.push('the product did not serve again after the overload')
  if (settledAt === undefined) broken.push('what was accepted under overload did not come to an end')
  if (notReady > 0) broken.push(`${notReady} pictures that were accepted under overload are not ready`)
  if (pidsOf(product) !== pids) broken.push('a service ended')
  for (const said of errors.keys()) if (/uncaughtException|unhandledRejection/.test(said)) broken.push(said)
  return {
    ...{ requests: traffic.counts.requests, refused: traffic.counts.refused, growths, overload: burst },
    ...{ recoveredSeconds: since(servedAt), settledSeconds: since(settledAt), notReady, errors, broken },
  }
}

async function watchTraffic(
  product: Product,
  traffic: { context: LoadContext; people: Person[]; minutes: number; say(line: string): void },
): Promise<Sample[]> {
  const { context, people, minutes, say } = traffic
  const figures = createFigures(product)
  const load = startLoad(context, people, PACE)
  const samples: Sample[] = []
  const startedAt = performance.now()
  const deadline = startedAt + minutes * 60_000
  for (let told = 0; performance.now() < deadline; ) {
    await delay(SAMPLE_MS)
    samples.push(await figures.take())
    for (const person of people) forgetGone(person)
    const minute = Math.floor((performance.now() - startedAt) / 60_000)
    if (minute > told)
      say(`${minute} min: ${context.tally.counts.requests} requests; ${JSON.stringify(samples.at(-1))}`)
    told = minute
  }
  await load.stop()
  figures.close()
  context.agent?.destroy()
  return samples
}

function pidsOf({ processes }: Product): string {
  return Object.values(processes)
    .map((process) => (process.running() ? process.pid : 'ended'))
    .join(' ')
}

/** Of those that were answered with success. */
async function countNotReady({ sql }: Product, people: Person[]): Promise<number> {
  const ids = people.flatMap(({ pictures }) => pictures).flatMap(({ id }) => id ?? [])
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM images WHERE id = ANY (${ids}) AND state = 'ready'`
  return ids.length - (row?.count ?? 0)
}
