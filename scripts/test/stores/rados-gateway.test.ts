import { Client } from 'minio'
import t from 'tap'
import { prepareBucket } from '../../stores/bucket.ts'
import { startRadosGateway } from '../../stores/rados-gateway.ts'
import { type BucketAddress, parseStoreUrl } from '../../stores/store-url.ts'
import { scratchFolder } from '../scratch.ts'

function clientOf({ host, port, tls, accessKey, secretKey }: BucketAddress): Client {
  return new Client({ endPoint: host, port, useSSL: tls, accessKey, secretKey })
}

t.test('an S3 server of its own', async (t) => {
  const server = await startRadosGateway({ dataDir: scratchFolder(t) })
  t.teardown(() => server.stop())
  const address = parseStoreUrl(server.storeUrl)
  const client = clientOf(address)
  const anonymous = () => fetch(`http://127.0.0.1:${server.port}/${address.bucket}/word`)
  await client.putObject(address.bucket, 'word', 'kept')

  await t.test('its bucket is there and closed to strangers', async (t) => {
    t.equal((await anonymous()).status, 403)
    const lifecycle = await client.getBucketLifecycle(address.bucket)
    t.match(JSON.stringify(lifecycle), '"DaysAfterInitiation":1')
  })

  await t.test('preparing the bucket again changes nothing', async (t) => {
    const before = await client.getBucketLifecycle(address.bucket)
    const lines = await prepareBucket(address)
    t.match(lines, ['bucket tintype is there', 'no anonymous access', 'unfinished uploads are thrown away'])
    t.same(await client.getBucketLifecycle(address.bucket), before)
  })

  await t.test('preparing the bucket withdraws what somebody opened to strangers', async (t) => {
    await client.setBucketPolicy(address.bucket, readableByAnybody(address.bucket))
    t.equal((await anonymous()).status, 200)
    t.match(await prepareBucket(address), [String, 'anonymous access withdrawn', String])
    t.equal((await anonymous()).status, 403)
  })

  await t.test('a wrong key is refused at once, in one sentence', async (t) => {
    await t.rejects(prepareBucket({ ...address, secretKey: 'wrong' }), { message: /refuses the key/ })
  })

  await t.test('it can be taken away and brought back with its data', async (t) => {
    await server.interrupt()
    await t.rejects(prepareBucket(address, 100), { message: /did not answer/ })
    await server.resume()
    t.equal((await client.statObject(address.bucket, 'word')).size, 4)
  })
})

function readableByAnybody(bucket: string): string {
  const resource = `arn:aws:s3:::${bucket}/*`
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: ['*'] },
    Action: ['s3:GetObject'],
    Resource: [resource],
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
