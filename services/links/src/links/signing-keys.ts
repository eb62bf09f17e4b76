import { secretKeys } from '@tintype/service-kit'

/** The keys of links. A new one goes first; an old one is dropped once the last link it signed has expired. */
export const linkSigningKeys = secretKeys(
  'LINK_SIGNING_KEYS',
  'the keys that sign links (the first signs, all verify)',
)
