import type { EventPosition } from '@tintype/database'

/** A place in the order of events as clients keep it: that of the last event they saw. */
export function formatEventId({ transaction, id }: EventPosition): string {
  return `${transaction}-${id}`
}

const EVENT_ID = /^(\d{1,20})-(\d{1,16})$/
const MAX_TRANSACTION = 2n ** 64n

/** The place that `formatEventId` wrote, or undefined where it did not write this. */
export function parseEventId(text: string): EventPosition | undefined {
  const [, first, second] = EVENT_ID.exec(text) ?? []
  if (first === undefined || second === undefined) return undefined
  const transaction = BigInt(first)
  const id = Number(second)
  return transaction < MAX_TRANSACTION && Number.isSafeInteger(id) ? { transaction, id } : undefined
}
