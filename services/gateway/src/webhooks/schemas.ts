import { DELIVERY_FAILURES, DELIVERY_STATES, EVENT_TYPES } from '@tintype/domain'
import { Type } from 'typebox'
import { id, nextCursor, paging, time } from '../admin/schemas.ts'
import { MAX_URL_LENGTH } from './receiver-url.ts'

const url = Type.String({
  minLength: 1,
  maxLength: MAX_URL_LENGTH,
  description: 'http or https, without credentials, on the internet unless the deployment allows more',
})
const types = Type.Array(Type.Enum([...EVENT_TYPES]), {
  minItems: 1,
  uniqueItems: true,
  description: 'What it is told of',
})
const description = Type.String({ maxLength: 200, pattern: '^[^\\p{Cc}]*$' })
const nullableTime = Type.Union([time, Type.Null()])

export const NewWebhookBody = Type.Object(
  { url, types, description: Type.Optional(description) },
  { additionalProperties: false },
)

export const WebhookChangesBody = Type.Object(
  {
    url: Type.Optional(url),
    types: Type.Optional(types),
    description: Type.Optional(description),
    enabled: Type.Optional(
      Type.Boolean({ description: 'While false nothing is recorded for it, and what waits goes on waiting' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

export const WebhookSchema = Type.Object({
  id,
  url: Type.String(),
  types,
  description: Type.String(),
  enabled: Type.Boolean(),
  createdAt: time,
  disabledAt: Type.Union(nullableTime.anyOf, { description: 'By you, or because its receiver answered 410' }),
})

const secret = Type.String({
  description: 'Shown this once: `whsec_…`, for any library of Standard Webhooks',
})
export const IssuedWebhookSchema = Type.Object({ ...WebhookSchema.properties, secret })
export const WebhookListSchema = Type.Object({ items: Type.Array(WebhookSchema) })
export const RotatedSecretSchema = Type.Object({
  secret,
  previousSecretUntil: Type.String({ format: 'date-time', description: 'Until then both sign' }),
})

export const DeliveryParams = Type.Object({ id: Type.String(), deliveryId: Type.String() })
export const DeliveryListQuery = Type.Object(
  { ...paging, state: Type.Optional(Type.Enum([...DELIVERY_STATES])) },
  { additionalProperties: false },
)
export const DeliverySchema = Type.Object({
  id: Type.String({ description: 'The `webhook-id` of the message, the same at every attempt' }),
  type: Type.String(),
  imageId: Type.Union([id, Type.Null()]),
  state: Type.Enum([...DELIVERY_STATES]),
  attempts: Type.Integer(),
  nextAttemptAt: nullableTime,
  lastStatus: Type.Union([Type.Integer(), Type.Null()], { description: 'What the receiver answered last' }),
  lastFailure: Type.Union([Type.Enum([...DELIVERY_FAILURES]), Type.Null()], {
    description: 'Why the last attempt was not answered',
  }),
  createdAt: time,
  endedAt: Type.Union(nullableTime.anyOf, { description: 'When it was delivered or given up' }),
})
export const DeliveryListSchema = Type.Object({ items: Type.Array(DeliverySchema), nextCursor })

export const ReplayBody = Type.Object(
  {
    state: Type.Enum(['dead'], { default: 'dead' }),
    from: Type.Optional(time),
    to: Type.Optional(time),
  },
  { additionalProperties: false },
)
export const ReplayedSchema = Type.Object({
  replayed: Type.Integer({ description: 'The oldest 10,000 at most: ask again until it is less' }),
})
