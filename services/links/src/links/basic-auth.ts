/** The password of an `Authorization: Basic` header (RFC 7617, UTF-8), whatever the user name; undefined where there is none. */
export function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const credentials = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = credentials.indexOf(':')
  return colon === -1 ? undefined : credentials.slice(colon + 1)
}

/** Each link is a realm of its own, so that browsers do not send one link's password to the next. */
export function basicChallenge(linkId: string): string {
  return `Basic realm="link ${linkId}", charset="UTF-8"`
}
