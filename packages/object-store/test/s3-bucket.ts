import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Test } from 'tap'
import { createS3Store, parseStoreUrl, type S3Location } from '../src/index.ts'

/** Where the tests' S3 server is, by `TEST_STORE_URL`; its bucket is not used. */
function testLocation(): S3Location & { endpoint: string } {
  const url = process.env.TEST_STORE_URL
  if (!url) {
    throw new Error(
      'TEST_STORE_URL is not set: these tests need a real S3 server, such as s3://KEY:SECRET@127.0.0.1:9000/bucket',
    )
  }
  const location = parseStoreUrl(url)
  if (location.kind !== 's3' || location.endpoint === undefined) {
    throw new Error(
      'TEST_STORE_URL must name an S3 server of its own, such as s3://KEY:SECRET@127.0.0.1:9000/bucket',
    )
  }
  return { ...location, endpoint: location.endpoint }
}

/** Makes a bucket that is emptied and removed after the test. */
export async function makeBucket(t: Test): Promise<S3Location & { endpoint: string; bucket: string }> {
  const location = { ...testLocation(), bucket: `tt-test-${randomBytes(8).toString('hex')}` }
  const client = new S3Client({
    endpoint: location.endpoint,
    forcePathStyle: true,
    region: location.region,
    ...(location.credentials && { credentials: location.credentials }),
  })
  await client.send(new CreateBucketCommand({ Bucket: location.bucket }))
  t.teardown(async () => {
    const store = createS3Store(location)
    for await (const { key } of store.list('')) await store.delete(key)
    store.close()
    await client.send(new DeleteBucketCommand({ Bucket: location.bucket }))
    client.destroy()
  })
  return location
}
