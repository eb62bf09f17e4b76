import type { EventType } from './events.ts'

/** What a webhook is told: an event, or that its owner wants to see whether it works. */
export type WebhookMessageType = EventType | 'webhook.test'

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** Why an attempt had no answer. */
export const DELIVERY_FAILURES = [
  /** Its host has no address, or none that may be connected to. */
  'name-not-found',
  'address-refused',
  'connection-failed',
  'timeout',
  /** The key that it was encrypted with is not there any more: it takes another secret. */
  'secret-unreadable',
] as const
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number]
