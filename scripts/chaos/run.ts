import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFileStore, createTestFolder, type Scope, startTestPostgres } from '@tintype/testkit'
import { startRadosGateway } from '../stores/rados-gateway.ts'
import type { Fault } from './fault.ts'
import { mountSmallDisk } from './faults/disk-full.ts'
import type { LoadContext } from './load/caller.ts'
import type { Pace } from './load/load.ts'
import { createPeople } from './load/people.ts'
import { createPictureSource } from './load/pictures.ts'
import { createTally } from './load/tally.ts'
import type { Random } from './random.ts'
import { createStage, type Stage, type StageOptions } from './stage.ts'
import { type Sweeping, sweepOrphans } from './sweep.ts'
import { type FaultResult, type Trial, tryFault } from './try-fault.ts'

const PEOPLE = 3
/** Longer than a run. */
const LINK_SECONDS = 30_000
/** Some forty requests a second in all: steady, and far from what two cores can do. */
const PACE: Pace = { uploadMs: 900, readMs: 80, linkMs: 150, deleteMs: 3000, keep: 10 }

/** What chance and the command line decide. */
export type Run = Pick<Trial, 'holdMs' | 'say' | 'onResult'> & { random: Random }

export interface Outcome {
  results: FaultResult[]
  /** Faults that could not be brought about here, and why. */
  obstacles: { fault: string; reason: string }[]
  /** What the sweep found and left on each stage. */
  sweepings: Sweeping[]
}

/** Tries faults one after another, those that want a folder store on a stage of their own. */
export async function runFaults(scope: Scope, faults: readonly Fault[], run: Run): Promise<Outcome> {
  const outcome: Outcome = { results: [], obstacles: [], sweepings: [] }
  const kindOf = ({ store }: Fault) => store ?? 's3'
  for (const kind of ['s3', 'file'] as const) {
    const chosen = faults.filter((fault) => kindOf(fault) === kind)
    if (chosen.length === 0) continue
    await within(scope, async (inner) => {
      run.say(`starting the product on ${kind === 's3' ? 'an S3 server' : 'a small disk'} …`)
      const options = await startStores(inner, kind, run)
      if (typeof options === 'string') {
        outcome.obstacles.push(...chosen.map(({ name }) => ({ fault: name, reason: options })))
        return
      }
      const stage = await createStage(inner, options)
      await tryAll(await prepare(stage, run), run.random.shuffled(chosen), outcome)
      run.say('waiting for the sweep of what they left in the store …')
      outcome.sweepings.push(await sweepOrphans(stage))
    })
  }
  return outcome
}

/** Tries faults one after another on one stage. */
export async function tryAll(trial: Trial, faults: readonly Fault[], outcome: Outcome): Promise<void> {
  const { stage, say } = trial
  for (const fault of faults) {
    const reason = await fault.obstacle?.(stage, say)
    if (reason !== undefined) {
      outcome.obstacles.push({ fault: fault.name, reason })
      continue
    }
    say(`${fault.name}: ${fault.what}`)
    const result = await tryFault(trial, fault)
    outcome.results.push(result)
    trial.onResult(result)
  }
}

/** People, and a load that they are ready to make. */
export async function prepare(stage: Stage, run: Run): Promise<Trial> {
  const admin = await stage.stack.signInAsAdmin()
  const [prober, ...people] = await createPeople(admin, PEOPLE + 1)
  if (prober === undefined) throw new Error('there is nobody')
  const pictures = await createPictureSource('chaos')
  const context: LoadContext = {
    ...{ url: stage.url, pictures, random: run.random, tally: createTally(), linkSeconds: LINK_SECONDS },
    stopping: AbortSignal.abort(),
  }
  return { ...run, stage, context, people, prober, pace: PACE }
}

/** Stores that keep what they acknowledge, as in production. @returns why there is none of this kind. */
async function startStores(scope: Scope, kind: 's3' | 'file', { say }: Run): Promise<StageOptions | string> {
  const postgres = await startTestPostgres(scope, { durable: true })
  const databaseUrl = postgres.url
  if (kind === 's3') {
    const dataDir = join(await createTestFolder(scope), 'ceph')
    mkdirSync(dataDir)
    const rados = await startRadosGateway({ dataDir, say })
    scope.teardown(() => rados.stop())
    return { databaseUrl, storeUrl: rados.storeUrl, postgres, rados }
  }
  const { storeUrl, folder } = await createTestFileStore(scope)
  return mountSmallDisk(scope, folder) ?? { databaseUrl, storeUrl, postgres }
}

/** What is made of the inner scope ends with the work. */
async function within(scope: Scope, work: (inner: Scope) => Promise<void>): Promise<void> {
  const ends: (() => unknown)[] = []
  const endAll = async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
  }
  // Also when the run is interrupted.
  scope.teardown(endAll)
  try {
    await work({ teardown: (end) => void ends.push(end) })
  } finally {
    await endAll()
  }
}
