import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createTestBucket, photo, startTcpProxy, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

t.test('a folder that is away during a derivation costs no attempt', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const worker = await startWorker(t, bench, redis, { env: { WORKER_CONCURRENCY: '1' } })
  const bytes = await photo()
  const first = await bench.addImage(bytes)
  await producer.enqueueRenditions(first)
  await eventually(async () => (await bench.image(first))?.state === 'ready')
  const id = await bench.addImage(bytes)
  const folder = fileURLToPath(bench.storeUrl)

  await rename(folder, `${folder}.away`)
  await producer.enqueueRenditions(id)
  await worker.logged((line) => line.msg === 'a job failed' && line.attempt === 2)
  t.match(await bench.image(id), { state: 'pending', attempts: 0 })
  await rename(`${folder}.away`, folder)

  await eventually(async () => (await bench.image(id))?.state === 'ready', 30_000)
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('an S3 server that is away during derivations costs no attempt', async (t) => {
  const bucket = await createTestBucket(t)
  const proxy = await startTcpProxy(t, bucket.storeUrl)
  const bench = await openBench(t, bucket)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const worker = await startWorker(t, { ...bench, storeUrl: proxy.url }, redis)
  const bytes = await photo()
  const ids: string[] = []
  for (let count = 0; count < 6; count += 1) ids.push(await bench.addImage(bytes))

  await proxy.cut()
  for (const id of ids) await producer.enqueueRenditions(id)
  await worker.logged((line) => line.msg === 'a job failed' && line.attempt === 2)
  t.equal((await bench.inState('pending')).length, 6)
  await proxy.restore()

  await eventually(async () => (await bench.inState('ready')).length === 6, 60_000)
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.same(await bench.query('SELECT id FROM images WHERE attempts <> 0'), [])
})
