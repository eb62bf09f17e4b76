import { type AddressGuard, literalAddress, withDetails } from '@tintype/service-kit'
import { BadWebhookUrl } from './errors.ts'

export const MAX_URL_LENGTH = 2048

/**
 * The address of a receiver in the form that it is kept and called in. Where its
 * host is a name, what that resolves to is asked at each delivery.
 *
 * @throws BadWebhookUrl saying what is wrong with it.
 */
export function parseReceiverUrl(text: string, guard: AddressGuard): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw refused('must be an absolute http or https URL')
  }
  if (url.username !== '' || url.password !== '') throw refused('must hold no user name and no password')
  const address = literalAddress(url)
  if (address !== undefined && !guard(address)) {
    throw refused('is of a private or reserved network, which webhooks are not delivered to')
  }
  url.hash = '' // never sent
  // Longer than it was sent where characters had to be escaped.
  if (url.href.length > MAX_URL_LENGTH) throw refused(`is longer than ${MAX_URL_LENGTH} characters`)
  return url.href
}

function refused(why: string): Error {
  return withDetails(new BadWebhookUrl(why), { field: 'url' })
}
