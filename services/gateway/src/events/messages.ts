import type { EventPosition, RecordedEvent } from '@tintype/database'
import type { Static } from 'typebox'
import { formatEventId } from './event-ids.ts'
import type { EventSchema } from './schemas.ts'

/** One message of an event stream (HTML, section 9.2.6). */
function message(type: string, position: EventPosition, data: object): string {
  return `event: ${type}\nid: ${formatEventId(position)}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The first message: whoever loses the connection before any other resumes from here. */
export function helloMessage(position: EventPosition): string {
  // Not all at once where all lost their connection at once.
  const retryMs = Math.round(1000 + Math.random() * 2000)
  return `retry: ${retryMs}\n${message('hello', position, {})}`
}

/** Tells that what went before cannot be told any more. */
export function resetMessage(position: EventPosition): string {
  return message('reset', position, { message: 'Something may have been missed: load what you show anew.' })
}

/** Keeps a connection from looking dead. Whoever hears nothing else still resumes from a place that is remembered. */
export function heartbeatMessage(position: EventPosition | undefined): string {
  return position === undefined ? ': alive\n\n' : `: alive\nid: ${formatEventId(position)}\n\n`
}

/** @param withOwner for who sees everybody's. */
export function eventMessage(event: RecordedEvent, { withOwner }: { withOwner: boolean }): string {
  const { state, code, message: reason = '' } = event.detail
  const data: Static<typeof EventSchema> = {
    id: formatEventId(event),
    type: event.type,
    at: event.at.toISOString(),
    imageId: event.imageId,
    ...(state === undefined ? {} : { state }),
    ...(code === undefined ? {} : { error: { code, message: reason } }),
    ...(withOwner ? { owner: { id: event.ownerId } } : {}),
  }
  return message(event.type, event, data)
}
