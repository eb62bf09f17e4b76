import { randomBytes } from 'node:crypto'

/** Of the 24 to 64 that Standard Webhooks allows: as long as the HMAC's output. */
const SECRET_BYTES = 32

/** A webhook's secret as Standard Webhooks writes it. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
}
