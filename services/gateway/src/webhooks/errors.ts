import createError from '@fastify/error'

export const BadWebhookUrl = createError<'TT_BAD_WEBHOOK_URL', 400, [string]>(
  'TT_BAD_WEBHOOK_URL',
  'The url %s.',
  400,
)
export const TooManyWebhooks = createError<'TT_TOO_MANY_WEBHOOKS', 409, [number]>(
  'TT_TOO_MANY_WEBHOOKS',
  'There are %s webhooks already: delete one first.',
  409,
)
export const WebhookDisabled = createError(
  'TT_WEBHOOK_DISABLED',
  'The webhook is disabled: enable it first.',
  409,
)
