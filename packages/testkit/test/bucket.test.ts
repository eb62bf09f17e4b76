import {
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { createTestBucket } from '../src/index.ts'

t.test('a bucket is there while the test lasts, and goes with all that is in it', async (t) => {
  const server = new URL(process.env.TEST_STORE_URL ?? '')
  const client = new S3Client({
    endpoint: `http://${server.host}`,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: server.username, secretAccessKey: server.password },
  })
  t.teardown(() => client.destroy())
  const list = async () => (await client.send(new ListBucketsCommand())).Buckets?.map((one) => one.Name) ?? []

  let bucket = ''
  await t.test('its life', async (t) => {
    const { storeUrl } = await createTestBucket(t)
    t.equal(new URL(storeUrl).host, server.host)
    bucket = new URL(storeUrl).pathname.slice(1)
    t.ok((await list()).includes(bucket))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a/b c', Body: 'x' }))
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'begun' }))
  })
  t.notOk((await list()).includes(bucket))
})
