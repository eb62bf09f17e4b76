import type { Webhook, WebhookDelivery } from '@tintype/database'
import type { Static } from 'typebox'
import type { DeliverySchema, WebhookSchema } from './schemas.ts'

export function representWebhook({
  createdAt,
  disabledAt,
  ...webhook
}: Webhook): Static<typeof WebhookSchema> {
  return {
    ...webhook,
    enabled: disabledAt === null,
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
  }
}

export function representDelivery(delivery: WebhookDelivery): Static<typeof DeliverySchema> {
  const { nextAttemptAt, createdAt, endedAt, ...fields } = delivery
  return {
    ...fields,
    nextAttemptAt: delivery.state === 'pending' ? nextAttemptAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}
