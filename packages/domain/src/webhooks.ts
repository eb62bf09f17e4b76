import type { EventType } from './events.ts'

/** What a webhook is told: an event, or that its owner wants to see whether it works. */
export type WebhookMessageType = EventType | 'webhook.test'

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** Why an attempt was not answered. */
export const DELIVERY_FAILURES = [
  /** Its host has no address. */
  'name-not-found',
  /** Or none that may be connected to. */
  'address-refused',
  'connection-failed',
  'timeout',
  /** The key that its secret was encrypted with is not configured any more: it takes another secret. */
  'secret-unreadable',
] as const
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number]
