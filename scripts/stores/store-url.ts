/** A bucket and how to reach it, as STORE_URL names it. */
export interface BucketAddress {
  host: string
  port: number
  tls: boolean
  region: string
  bucket: string
  accessKey: string
  secretKey: string
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Reads `s3://KEY:SECRET@host:port/bucket?region=…&tls=…`; key and secret are
 * percent-encoded; without `tls` only a loopback host is spoken to in plain text.
 * @throws one sentence that says what is missing, without the secret.
 */
export function parseStoreUrl(text: string): BucketAddress {
  if (!URL.canParse(text)) throw new Error('STORE_URL is not a URL')
  const url = new URL(text)
  const bucket = url.pathname.slice(1)
  if (url.protocol !== 's3:') throw new Error(`STORE_URL is of ${url.protocol}// and not of s3://`)
  if (!url.hostname || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new Error('STORE_URL does not name a host and a bucket: s3://KEY:SECRET@host:port/bucket')
  if (!url.username || !url.password) throw new Error('STORE_URL carries no key and secret')
  const tls = (url.searchParams.get('tls') ?? String(!LOOPBACK_HOST.test(url.hostname))) === 'true'
  return {
    host: url.hostname,
    port: Number(url.port) || (tls ? 443 : 80),
    tls,
    region: url.searchParams.get('region') ?? 'us-east-1',
    bucket,
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
  }
}
