import type { ClaimedDelivery } from '@tintype/database'
import type { WebhookMessageType } from '@tintype/domain'

/** The state that an event leaves its image in, where it says. */
const STATE_AFTER: Partial<Record<WebhookMessageType, string>> = {
  'image.created': 'pending',
  'image.ready': 'ready',
  'image.failed': 'failed',
  'image.retried': 'pending',
  'image.deleted': 'deleted',
}

/**
 * What a receiver is sent: what happened and to what, and nothing to be had
 * without asking. The same bytes at every attempt.
 */
export function bodyOf({
  type,
  at,
  imageId,
  detail,
}: Pick<ClaimedDelivery, 'type' | 'at' | 'imageId' | 'detail'>): string {
  const { code, message, linkId } = detail
  const state = STATE_AFTER[type]
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    data: {
      ...(imageId === null ? {} : { imageId }),
      ...(state === undefined ? {} : { state }),
      ...(code === undefined ? {} : { error: { code, message } }),
      ...(linkId === undefined ? {} : { linkId }),
    },
  })
}
