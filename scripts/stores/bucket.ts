import { setTimeout as delay } from 'node:timers/promises'
import { Client, type LifecycleConfig } from 'minio'
import type { BucketAddress } from './store-url.ts'

/** Days after which the parts of an upload that nobody finished are thrown away. */
const ABORT_UPLOADS_DAYS = 1
const PRIVATE = 'NoSuchBucketPolicy'
const REFUSED = new Set(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'])

/**
 * Makes a bucket what the product wants: there, closed to strangers, and tidied
 * of unfinished uploads. Doing it again changes nothing. Waits up to
 * `timeoutMs` for the store to answer.
 * @returns a line for each thing that was done, or that the store refuses (MinIO
 * may not know the rule for unfinished uploads: minio issue 15681).
 * @throws when the store does not answer in time or refuses the key.
 */
export async function prepareBucket(address: BucketAddress, timeoutMs = 60_000): Promise<string[]> {
  const client = new Client({
    endPoint: address.host,
    port: address.port,
    useSSL: address.tls,
    accessKey: address.accessKey,
    secretKey: address.secretKey,
    region: address.region,
    retryOptions: { disableRetry: true },
  })
  const made = await makeBucket(client, address, timeoutMs)
  return [made, await closeToStrangers(client, address.bucket), await abortUnfinished(client, address.bucket)]
}

async function makeBucket(client: Client, address: BucketAddress, timeoutMs: number): Promise<string> {
  const { bucket, region } = address
  if (await whenItAnswers(() => client.bucketExists(bucket), address, timeoutMs))
    return `bucket ${bucket} is there`
  try {
    await client.makeBucket(bucket, region)
  } catch (error) {
    // Somebody else was faster.
    if (codeOf(error) !== 'BucketAlreadyOwnedByYou') throw error
  }
  return `bucket ${bucket} made`
}

async function whenItAnswers<T>(
  ask: () => Promise<T>,
  address: BucketAddress,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const code = codeOf(error)
      if (REFUSED.has(code))
        throw new Error(`The store refuses the key of STORE_URL (${code}).`, { cause: error })
      if (Date.now() > deadline) {
        const seconds = Math.round(timeoutMs / 1000)
        const message = `The store at ${address.host}:${address.port} did not answer within ${seconds} s (${code}).`
        throw new Error(message, { cause: error })
      }
      await delay(250)
    }
  }
}

/** Removes a policy that lets anybody in. One that restricts is the operator's and stays. */
async function closeToStrangers(client: Client, bucket: string): Promise<string> {
  const policy = await unlessCode(PRIVATE, () => client.getBucketPolicy(bucket))
  if (policy === undefined || !allowsAnybody(policy)) return 'no anonymous access'
  try {
    await client.setBucketPolicy(bucket, '')
  } catch (error) {
    // The client knows 204 as the answer to this; the RADOS gateway gives 200.
    const left = await unlessCode(PRIVATE, () => client.getBucketPolicy(bucket))
    if (left !== undefined) throw error
  }
  return 'anonymous access withdrawn'
}

/** Whether a statement of a bucket policy allows something to the principal `*`. */
export function allowsAnybody(policy: string): boolean {
  const document: unknown = JSON.parse(policy)
  const statements = listOf(property(document, 'Statement'))
  return statements.some((statement) => {
    const principal = property(statement, 'Principal')
    const names = [principal, property(principal, 'AWS')].flatMap(listOf)
    return property(statement, 'Effect') === 'Allow' && names.includes('*')
  })
}

async function abortUnfinished(client: Client, bucket: string): Promise<string> {
  const present = await unlessCode('NoSuchLifecycleConfiguration', () => client.getBucketLifecycle(bucket))
  const rules = listOf(present?.Rule)
  if (rules.some((rule) => property(rule, 'AbortIncompleteMultipartUpload') !== undefined))
    return 'unfinished uploads are thrown away'
  if (rules.length > 0)
    return 'the bucket has lifecycle rules of its own: add one that aborts unfinished uploads'
  try {
    await client.setBucketLifecycle(bucket, ABORT_RULE)
    return `unfinished uploads are thrown away after ${ABORT_UPLOADS_DAYS} day`
  } catch (error) {
    return `the store takes no rule that aborts unfinished uploads (${codeOf(error)}): it has to do that by itself`
  }
}

const ABORT_RULE: LifecycleConfig = {
  Rule: [
    {
      ID: 'abort-unfinished-uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_UPLOADS_DAYS },
    },
  ],
}

async function unlessCode<T>(code: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (codeOf(error) === code) return undefined
    throw error
  }
}

function codeOf(error: unknown): string {
  const code = property(error, 'code')
  return typeof code === 'string' && code !== '' ? code : String(error)
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
