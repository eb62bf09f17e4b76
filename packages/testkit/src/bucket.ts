import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { Client } from 'minio'
import { createTestFolder } from './folder.ts'
import type { Scope } from './scope.ts'

const SHAPE = 's3://KEY:SECRET@host:port/bucket'

/** A fresh bucket on the S3 server that `TEST_STORE_URL` names (its own bucket is left alone), emptied and removed at the end. */
export async function createTestBucket(t: Scope): Promise<{ storeUrl: string }> {
  const server = process.env.TEST_STORE_URL
  if (server === undefined || server === '') {
    throw new Error(`TEST_STORE_URL (${SHAPE}) is not set: \`npm test\` starts a server and sets it`)
  }
  const url = new URL(server)
  if (url.protocol !== 's3:') throw new Error(`TEST_STORE_URL must look like ${SHAPE}`)
  // Few tests need it, and it takes a third of a second to load.
  const minio = await import('minio')
  const client = new minio.Client({
    endPoint: url.hostname,
    port: Number(url.port || (isTls(url) ? 443 : 80)),
    useSSL: isTls(url),
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
    region: url.searchParams.get('region') ?? 'us-east-1',
  })
  const bucket = `tintype-test-${randomBytes(8).toString('hex')}`
  await client.makeBucket(bucket)
  t.teardown(() => removeBucket(client, bucket))
  url.pathname = `/${bucket}`
  return { storeUrl: url.href }
}

/** A fresh folder as a store, removed at the end. */
export async function createTestFileStore(t: Scope): Promise<{ storeUrl: string; folder: string }> {
  const folder = await createTestFolder(t)
  return { storeUrl: pathToFileURL(folder).href, folder }
}

function isTls(url: URL): boolean {
  return url.searchParams.get('tls') === 'true'
}

/** A bucket must be empty to be removed: of objects, and of multipart uploads that were begun. */
async function removeBucket(client: Client, bucket: string): Promise<void> {
  const keys: string[] = []
  for await (const item of client.listObjectsV2(bucket, '', true)) keys.push(String(item.name))
  if (keys.length > 0) await client.removeObjects(bucket, keys)
  for await (const upload of client.listIncompleteUploads(bucket, '', true)) {
    await client.removeIncompleteUpload(bucket, String(upload.key))
  }
  await client.removeBucket(bucket)
}
