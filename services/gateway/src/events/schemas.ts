import { EVENT_TYPES } from '@tintype/domain'
import { Type } from 'typebox'

export const EventQuery = Type.Object(
  {
    all: Type.Boolean({ default: false, description: 'Everybody’s, for administrators and auditors' }),
    lastEventId: Type.Optional(
      Type.String({ description: 'For clients that cannot send the header, which goes before it' }),
    ),
  },
  { additionalProperties: false },
)

export const EventHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'The `id` of the last event that was seen: those after it come first' }),
  ),
})

export const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'As in the `id` field: where to resume' }),
    type: Type.Enum(EVENT_TYPES.filter((type) => type.startsWith('image.'))),
    at: Type.String({ format: 'date-time' }),
    imageId: Type.String(),
    state: Type.Optional(
      Type.Enum(['pending', 'ready', 'failed'], { description: 'Of the picture; absent once it is deleted' }),
    ),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    owner: Type.Optional(Type.Object({ id: Type.String() }, { description: 'Where `all` was asked for' })),
  },
  { description: 'The data of one event, in JSON' },
)

/** The schema of an answer that is a stream of events. */
export function eventStreamSchema(description: string) {
  return { description, content: { 'text/event-stream': { schema: Type.Unsafe<unknown>(EventSchema) } } }
}
