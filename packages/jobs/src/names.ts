/** The queues of DESIGN's section on queues that exist so far. */
export const QUEUE_NAMES = ['renditions', 'maintenance'] as const
export type QueueName = (typeof QUEUE_NAMES)[number]

/** Derive what an image should have and has not. What that is, is read from PostgreSQL when the job runs. */
export interface RenditionsJob {
  imageId: string
}

/** Upkeep that runs on a schedule, once however many workers there are. */
export const SWEEPS = [
  'pending',
  'deletions',
  'orphans',
  'sessions',
  'links',
  'uploads',
  'requests',
  'archives',
] as const
export type Sweep = (typeof SWEEPS)[number]

export type MaintenanceJob = { kind: 'delete-image'; imageId: string } | { kind: 'sweep'; sweep: Sweep }
