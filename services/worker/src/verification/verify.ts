import {
  advanceVerification,
  findUsageDrift,
  findVerification,
  listIdleVerifications,
  mendUsage,
  type Usage,
  type Verification,
} from '@tintype/database'
import { VERIFICATION_PHASES, type VerificationPhase } from '@tintype/domain'
import { compareImages } from './compare-images.ts'
import { compareUploads } from './compare-uploads.ts'
import type { Comparison, VerificationDependencies } from './comparison.ts'
import { createFindings } from './findings.ts'

/** Where originals are read a part has fewer images. */
const HASHED_SHARE = 5

export interface VerificationOptions {
  /** Rows, and objects that belong to none, that are looked up at a time. */
  batch: number
  /** After how long to let other jobs of the queue go first, in milliseconds. */
  sliceMs: number
  signal: AbortSignal
}

export type VerificationOutcome =
  /** There is more: to be gone on with in another job, behind those that wait. */
  | 'paused'
  /** It is done or was stopped, or another job is at it. */
  | 'ended'

/**
 * Compares what rows say with what is in the store, part by part: every part is
 * noted with where it ended, so that a killed worker's run is gone on with.
 *
 * @throws StoreUnavailable, QueueUnavailable, or when PostgreSQL is away.
 */
export async function runVerification(
  dependencies: VerificationDependencies,
  id: string,
  { batch, sliceMs, signal }: VerificationOptions,
): Promise<VerificationOutcome> {
  const until = performance.now() + sliceMs
  try {
    let run = await findVerification(dependencies.database, id)
    while (run?.state === 'running') {
      if (signal.aborted || performance.now() > until) return 'paused'
      const { next, ...compared } = await compare(dependencies, run, { batch, signal })
      const phase = next === undefined ? phaseAfter(run.phase) : run.phase
      run = await advanceVerification(dependencies.database, run, {
        ...compared,
        phase,
        cursor: next ?? null,
      })
    }
    return 'ended'
  } catch (error) {
    if (signal.aborted) return 'paused'
    throw error
  }
}

function phaseAfter(phase: VerificationPhase): VerificationPhase | 'done' {
  return VERIFICATION_PHASES[VERIFICATION_PHASES.indexOf(phase) + 1] ?? 'done'
}

function compare(
  dependencies: VerificationDependencies,
  run: Verification,
  options: { batch: number; signal: AbortSignal },
): Promise<Comparison> {
  switch (run.phase) {
    case 'images':
      return compareImages(dependencies, run, {
        ...options,
        // What is read again after a worker was stopped in the middle.
        batch: run.hash ? Math.ceil(options.batch / HASHED_SHARE) : options.batch,
      })
    case 'uploads':
      return compareUploads(dependencies, run, options)
    case 'usage':
      return compareUsage(dependencies, run, options)
  }
}

async function compareUsage(
  { database }: VerificationDependencies,
  { cursor, repair }: Verification,
  { batch }: { batch: number },
): Promise<Comparison> {
  const findings = createFindings()
  const { last, drifted } = await findUsageDrift(database, { after: cursor ?? undefined, limit: batch })
  for (const subjectId of drifted) {
    const drift = repair ? await mendUsage(database, subjectId) : undefined
    // Somebody else has mended it, or the user is gone.
    if (repair && drift === undefined) continue
    findings.add({
      problem: 'usage',
      subjectId,
      mended: repair,
      ...(drift === undefined ? {} : { expected: describe(drift.after), actual: describe(drift.before) }),
    })
  }
  return { images: 0, objects: 0, bytesHashed: 0, ...findings.counted(), next: last }
}

function describe({ bytes, images }: Usage): string {
  return `${bytes} bytes, ${images} images`
}

/** Enqueues verifications that made no progress. One whose job waits gets no second one. */
export async function sweepVerifications(
  { database, producer }: Pick<VerificationDependencies, 'database' | 'producer'>,
  { idleSeconds }: { idleSeconds: number },
): Promise<{ enqueued: number }> {
  const ids = await listIdleVerifications(database, { idleSeconds })
  for (const id of ids) await producer.enqueueVerification(id)
  return { enqueued: ids.length }
}
