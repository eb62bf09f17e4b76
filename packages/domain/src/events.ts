import type { FailureCode } from './failures.ts'

/** What can happen to an image, as its owner is told. */
export const EVENT_TYPES = [
  /** Uploaded, or received from another owner. */
  'image.created',
  'image.ready',
  'image.failed',
  /** Pending again after it had failed. */
  'image.retried',
  /** Other names, or other renditions. */
  'image.changed',
  /** Deleted, or given to another owner. */
  'image.deleted',
  'link.used',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** What is said of an event beside its type and its image. */
export interface EventDetail {
  /** The image's state after it; absent where its owner has it no more. */
  state?: 'pending' | 'ready' | 'failed'
  /** Why it failed. */
  code?: FailureCode
  message?: string
  /** The link that was used. */
  linkId?: string
}
