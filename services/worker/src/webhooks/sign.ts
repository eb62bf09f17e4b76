import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/**
 * A message's signature as Standard Webhooks 1.0 has it («Signature scheme»,
 * symmetric): one `v1` for each secret, so that a receiver that knows either of
 * two accepts it.
 *
 * @param secrets `whsec_` and base64.
 */
export function signMessage(
  { id, timestamp, body }: { id: string; timestamp: string; body: string },
  secrets: readonly string[],
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
    })
    .join(' ')
}
