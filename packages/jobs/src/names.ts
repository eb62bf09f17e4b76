import type { Lane } from '@tintype/domain'

/** The queue of each lane of derivations: they are apart so that none waits for another. */
export const QUEUE_OF = {
  thumbnails: 'renditions',
  conversions: 'conversions',
  avif: 'avif',
} as const satisfies Record<Lane, string>

/** The queues of DESIGN's section on queues that exist so far. */
export const QUEUE_NAMES = [...Object.values(QUEUE_OF), 'maintenance', 'webhooks'] as const
export type QueueName = (typeof QUEUE_NAMES)[number]

/** Derive what an image should have and has not, in the lane of the queue. What that is, is read from PostgreSQL when the job runs. */
export interface DerivationJob {
  imageId: string
}

/** Upkeep that runs on a schedule, once however many workers there are. */
export const SWEEPS = [
  'pending',
  'deletions',
  'evictions',
  'orphans',
  'sessions',
  'links',
  'users',
  'reconciles',
  'demo',
  'uploads',
  'requests',
  'archives',
  'usage',
  'originals',
  'webhooks',
  'events',
  'verifications',
] as const
export type Sweep = (typeof SWEEPS)[number]

export type MaintenanceJob =
  | { kind: 'delete-image'; imageId: string }
  /** Remove the images of a deleted user, then the user. */
  | { kind: 'delete-user'; userId: string }
  /** Ask for what this version of a tier gained its users, of all their images. */
  | { kind: 'reconcile'; tierId: string; version: number }
  /** Go on with a comparison of rows with the store. */
  | { kind: 'verify'; verificationId: string }
  | { kind: 'sweep'; sweep: Sweep }

export type WebhookJob =
  /** Find the webhooks that have something to be told, and enqueue them. */
  | { kind: 'relay' }
  /** Tell a webhook what it is to be told now. */
  | { kind: 'deliver'; webhookId: string }
