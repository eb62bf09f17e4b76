import type { Database } from '@tintype/database'
import type { MaintenanceJob, Producer, Sweep } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import type { Logger } from '@tintype/service-kit'
import type { WorkerMetrics } from '../metrics.ts'
import { runVerification, sweepVerifications } from '../verification/verify.ts'
import { sweepArchives } from './archive-sweep.ts'
import { deleteImage } from './delete-image.ts'
import { sweepDeletions } from './deletion-sweep.ts'
import { type DemoAccount, sweepDemo } from './demo-sweep.ts'
import { sweepEvents } from './event-sweep.ts'
import { sweepEvictions } from './eviction-sweep.ts'
import { sweepLinks } from './link-sweep.ts'
import { sweepOriginals } from './original-sweep.ts'
import { sweepOrphans } from './orphan-sweep.ts'
import { sweepPending } from './pending-sweep.ts'
import { reconcileTier, sweepReconciles } from './reconcile-tier.ts'
import { removeDeletedUser, sweepDeletedUsers } from './remove-user.ts'
import { sweepRequests } from './request-sweep.ts'
import { sweepSessions } from './session-sweep.ts'
import { claimStore, type StoreClaim } from './store-claim.ts'
import { sweepUploads } from './upload-sweep.ts'
import { sweepUsage } from './usage-sweep.ts'
import { sweepDeliveries } from './webhook-sweep.ts'

/** DESIGN's time without progress after which an image is looked at again. */
const IDLE_SECONDS = 60
const BATCH = 500
/** What a job removes of a deleted user: some seconds of work. */
const USER_BATCH = 100
/** A run pauses where enough jobs wait, and a batch takes no second. */
const RECONCILE_IDLE_SECONDS = 15
/** Longer than a part takes whose originals are hashed. */
const VERIFICATION_IDLE_SECONDS = 60
/** What a job compares before others of the queue have their turn. */
const VERIFICATION_SLICE_MS = 20_000
/** S3 lists a thousand objects at a time. */
const OBJECTS_BATCH = 1000
/** How long who was away may go on where they were. */
const EVENT_DAYS = 7
/** Rows of some hundred bytes. */
const EVENTS_BATCH = 5000

export interface MaintenanceDependencies {
  database: Database
  store: ObjectStore
  producer: Producer
  log: Logger
  orphanMinAgeSeconds: number
  evictAfterDays: number
  /** The account that is put back on a schedule; none unless configured. */
  demoAccount?: DemoAccount | undefined
  observeSweep: WorkerMetrics['observeSweep']
}

/** Runs one job of the maintenance queue. A sweep that `signal` ends early is gone on with at its next turn. */
export async function runMaintenance(
  dependencies: MaintenanceDependencies,
  job: MaintenanceJob,
  signal: AbortSignal,
): Promise<void> {
  switch (job.kind) {
    case 'delete-image':
      await deleteImage(dependencies, job.imageId)
      return
    case 'delete-user':
      if ((await removeDeletedUser(dependencies, job.userId, { batch: USER_BATCH, signal })) === 'paused') {
        await dependencies.producer.enqueueUserDeletion(job.userId)
      }
      return
    case 'reconcile':
      await reconcileTier(dependencies, job, { batch: BATCH, signal })
      return
    case 'verify':
      await verify(dependencies, job.verificationId, signal)
      return
    case 'sweep':
      await sweep(dependencies, job.sweep, signal)
  }
}

async function verify(
  dependencies: MaintenanceDependencies,
  verificationId: string,
  signal: AbortSignal,
): Promise<void> {
  let isOurs: Promise<boolean> | undefined
  // Asked once a job, and only where there is something to delete.
  const ownsStore = () => {
    isOurs ??= claimOwnStore(dependencies)
    return isOurs
  }
  const outcome = await runVerification({ ...dependencies, ownsStore }, verificationId, {
    batch: OBJECTS_BATCH,
    sliceMs: VERIFICATION_SLICE_MS,
    signal,
  })
  if (outcome === 'paused') await dependencies.producer.enqueueVerification(verificationId)
}

async function sweep(dependencies: MaintenanceDependencies, name: Sweep, signal: AbortSignal): Promise<void> {
  const counts = await runSweep(dependencies, name, signal)
  dependencies.observeSweep(name, counts)
  const found = Object.entries(counts).some(([name, count]) => name !== 'checked' && count > 0)
  dependencies.log[found ? 'info' : 'debug']({ sweep: name, ...counts }, 'swept')
}

/** Why a store is not swept, and what to do. */
const REFUSALS: Record<Exclude<StoreClaim, 'ours'>, string> = {
  foreign:
    'The store is marked as another installation’s, so orphans are not deleted from it. ' +
    'Give this database a store of its own, or remove the other mark below installations/ if it is a mistake.',
  ahead:
    'This database is older than the store: it was restored from a backup, or is a copy of the one that the store belongs to. ' +
    'Orphans are not deleted, as they may be originals that were uploaded since and can be recovered. ' +
    'Once you are sure that none is missed and that no other database uses the store, ' +
    'delete the mark below installations/ and sweeps go on.',
}

/** Whether orphans may go: not from a store that may be another installation's, or another state's of this one. */
async function claimOwnStore(dependencies: MaintenanceDependencies): Promise<boolean> {
  const claim = await claimStore(dependencies)
  if (claim !== 'ours') dependencies.log.error(REFUSALS[claim])
  return claim === 'ours'
}

async function sweepOwnOrphans(
  dependencies: MaintenanceDependencies,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  if (!(await claimOwnStore(dependencies))) return { deleted: 0 }
  const minAgeSeconds = dependencies.orphanMinAgeSeconds
  return sweepOrphans(dependencies, { minAgeSeconds, batch: OBJECTS_BATCH, signal })
}

function runSweep(
  dependencies: MaintenanceDependencies,
  sweep: Sweep,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  switch (sweep) {
    case 'pending':
      return sweepPending(dependencies, { idleSeconds: IDLE_SECONDS, batch: BATCH, signal })
    case 'deletions':
      return sweepDeletions(dependencies, { idleSeconds: IDLE_SECONDS, batch: BATCH, signal })
    case 'evictions':
      return sweepEvictions(dependencies, { days: dependencies.evictAfterDays, batch: BATCH, signal })
    case 'orphans':
      return sweepOwnOrphans(dependencies, signal)
    case 'sessions':
      return sweepSessions(dependencies)
    case 'links':
      return sweepLinks(dependencies)
    case 'users':
      return sweepDeletedUsers(dependencies, { batch: BATCH })
    case 'reconciles':
      return sweepReconciles(dependencies, { idleSeconds: RECONCILE_IDLE_SECONDS, batch: BATCH })
    case 'demo':
      return sweepDemo(dependencies, { batch: BATCH, signal })
    case 'uploads':
      return sweepUploads(dependencies, { batch: BATCH, signal })
    case 'requests':
      return sweepRequests(dependencies)
    case 'archives':
      return sweepArchives(dependencies)
    case 'usage':
      return sweepUsage(dependencies, { batch: BATCH, signal })
    case 'originals':
      return sweepOriginals(dependencies, { batch: OBJECTS_BATCH, signal })
    case 'webhooks':
      return sweepDeliveries(dependencies, { batch: BATCH, signal })
    case 'verifications':
      return sweepVerifications(dependencies, { idleSeconds: VERIFICATION_IDLE_SECONDS })
    case 'events':
      return sweepEvents(dependencies, { days: EVENT_DAYS, batch: EVENTS_BATCH, signal })
  }
}
