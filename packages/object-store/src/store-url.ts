import { parse, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidStoreUrl } from './errors.ts'

export interface S3Location {
  kind: 's3'
  /** Undefined for AWS itself, whose addresses follow from bucket and region. */
  endpoint: string | undefined
  region: string
  bucket: string
  /** Undefined: the SDK's own chain (environment, profile, instance role). */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined
}

export interface FileLocation {
  kind: 'file'
  /** An absolute path. */
  root: string
}

export type StoreLocation = S3Location | FileLocation

const SHAPES = 's3://KEY:SECRET@host:port/bucket?region=…&tls=… or file:///path'
const AWS_HOST = /(^|\.)amazonaws\.com(\.cn)?$/
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
/** User guide, "General purpose bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * Reads `STORE_URL`: `s3://KEY:SECRET@host:port/bucket?region=…&tls=…` or
 * `file:///path`.
 *
 * Key and secret are percent-encoded, and left out for the SDK's own chain.
 * `tls` is `true` or `false`; without it only a loopback host is spoken to in
 * plain text. `region` is `us-east-1` unless given, but AWS needs it:
 * `s3://s3.amazonaws.com/bucket?region=eu-central-1`.
 *
 * Throws `InvalidStoreUrl`, whose message shows no part of the secret.
 */
export function parseStoreUrl(text: string): StoreLocation {
  if (text.startsWith('s3://')) return parseS3(text)
  if (text.startsWith('file:')) return parseFile(text)
  throw new InvalidStoreUrl(`it must look like ${SHAPES}`)
}

/**
 * Reads `STORE_PUBLIC_URL`, where browsers reach the store: an http or https
 * address without a path, since the path is part of what is signed.
 */
export function parsePublicUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidStoreUrl('the public address must be an http:// or https:// URL')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidStoreUrl('the public address must carry no credentials')
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new InvalidStoreUrl('the public address must end after host and port')
  }
  return url.origin
}

function parseS3(text: string): S3Location {
  // The parser's own error holds the whole input, so it is not passed on.
  const url = URL.parse(text)
  if (url === null || url.hash !== '') {
    throw new InvalidStoreUrl(
      'it cannot be read as a URL; in the key and the secret / + @ : ? # and % must be percent-encoded',
    )
  }
  const host = url.hostname.toLowerCase()
  if (host === '') throw new InvalidStoreUrl(`it names no host; it must look like ${SHAPES}`)
  const bucket = url.pathname.replace(/^\//, '').replace(/\/$/, '')
  if (!BUCKET.test(bucket)) {
    throw new InvalidStoreUrl(
      'its path must be one bucket name of 3 to 63 lower-case letters, digits, dots and hyphens',
    )
  }
  const { region, tls } = readOptions(url.searchParams)
  const credentials = readCredentials(url)
  if (AWS_HOST.test(host)) {
    if (region === undefined) throw new InvalidStoreUrl('AWS needs ?region=…')
    if (tls === false) throw new InvalidStoreUrl('tls=false cannot be used with AWS')
    return { kind: 's3', endpoint: undefined, region, bucket, credentials }
  }
  const scheme = (tls ?? !LOOPBACK_HOST.test(host)) ? 'https' : 'http'
  const endpoint = `${scheme}://${host}${url.port === '' ? '' : `:${url.port}`}`
  return { kind: 's3', endpoint, region: region ?? 'us-east-1', bucket, credentials }
}

function readOptions(params: URLSearchParams): { region: string | undefined; tls: boolean | undefined } {
  for (const name of params.keys()) {
    if (name !== 'region' && name !== 'tls') {
      throw new InvalidStoreUrl('it has an option other than region and tls')
    }
  }
  const tls = params.get('tls')
  if (tls !== null && tls !== 'true' && tls !== 'false') {
    throw new InvalidStoreUrl('tls must be true or false')
  }
  const region = params.get('region')
  if (region !== null && !/^[a-z0-9-]+$/i.test(region)) {
    throw new InvalidStoreUrl('region must be letters, digits and hyphens')
  }
  return { region: region ?? undefined, tls: tls === null ? undefined : tls === 'true' }
}

function readCredentials(url: URL): S3Location['credentials'] {
  if (url.username === '' && url.password === '') return undefined
  if (url.username === '') throw new InvalidStoreUrl('it has a secret without a key')
  if (url.password === '') throw new InvalidStoreUrl('it has a key without a secret')
  try {
    return {
      accessKeyId: decodeURIComponent(url.username),
      secretAccessKey: decodeURIComponent(url.password),
    }
  } catch {
    // The decoder's error is of no help and could hold the secret.
    throw new InvalidStoreUrl('its key or secret is not percent-encoded correctly')
  }
}

function parseFile(text: string): FileLocation {
  const url = text.startsWith('file:///') ? URL.parse(text) : null
  if (url === null || url.search !== '' || url.hash !== '') {
    throw new InvalidStoreUrl('a folder is written as file:///absolute/path')
  }
  const root = pathOf(url)
  if (root === parse(root).root) throw new InvalidStoreUrl('the root of the file system cannot be the store')
  return { kind: 'file', root }
}

function pathOf(url: URL): string {
  try {
    return resolve(fileURLToPath(url))
  } catch (cause) {
    throw new InvalidStoreUrl('the path of the folder is not percent-encoded correctly', { cause })
  }
}
