import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { markDeleting } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { SWEEPS } from '@tintype/jobs'
import {
  createTestBucket,
  createTestFileStore,
  photo,
  startTcpProxy,
  startTestPostgres,
  startTestRedis,
} from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, holdPublications, openProducer, startWorker } from './worker-process.ts'

t.test('Redis away while jobs run, and back', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const publications = await holdPublications(bench)
  const worker = await startWorker(t, bench, redis)
  const bytes = await photo()
  for (let count = 0; count < 6; count += 1) await producer.enqueueRenditions(await bench.addImage(bytes))
  await eventually(async () => (await bench.keysInStore()).length === 6 + 2 * 2)

  await redis.stop()
  await publications.release()
  await eventually(async () => (await bench.inState('ready')).length === 2)
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 503)
  t.equal((await fetch(`${worker.url}/healthz`)).status, 200)
  await redis.start()

  await eventually(async () => (await bench.inState('ready')).length === 6, 40_000)
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 200)
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.same(await bench.query('SELECT id FROM images WHERE attempts <> 0'), [])
})

t.test('a worker that starts without Redis takes jobs once it is there', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  await redis.stop()
  const worker = await startWorker(t, bench, redis, { until: 'listening' })
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 503)
  await redis.start()
  const producer = await openProducer(t, redis)
  const id = await bench.addImage(await photo())
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.image(id))?.state === 'ready')
  t.equal((await fetch(`${worker.url}/readyz`)).status, 200)
})

t.test('Redis emptied: the jobs it lost are found again', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  await startWorker(t, bench, redis)
  await eventually(async () => (await producer.countJobs()).maintenance.delayed === SWEEPS.length)

  await redis.flush()
  const id = await bench.addImage(await photo())
  await bench.query(`UPDATE images SET progress_at = now() - interval '61 seconds'`)

  await eventually(async () => (await bench.image(id))?.state === 'ready', 60_000)
  t.equal((await producer.countJobs()).maintenance.delayed, SWEEPS.length)
})

t.test('a worker that starts without PostgreSQL waits for it, and makes the schema', async (t) => {
  const server = await startTestPostgres(t)
  const redis = await startTestRedis(t)
  await server.stop()
  const { storeUrl } = await createTestFileStore(t)
  const worker = await startWorker(t, { databaseUrl: server.url, storeUrl }, redis, { until: 'listening' })
  await worker.logged((line) => line.msg === 'waiting for PostgreSQL')
  t.equal((await fetch(`${worker.url}/readyz`)).status, 503)
  await server.start()
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 200)
  await worker.logged((line) => line.msg === 'taking jobs')
  const bench = await openBench(t, { databaseUrl: server.url, storeUrl })
  const id = await bench.addImage(await photo())
  const producer = await openProducer(t, redis)
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.image(id))?.state === 'ready')
})

t.test('what was lost is found at the start', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const bytes = await photo()
  const forgotten = await bench.addImage(bytes)
  const deleted = await bench.addImage(bytes)
  await markDeleting(bench.database, bench.ownerId, deleted)
  await bench.store.delete(originalKey(deleted))
  await bench.query(`UPDATE images SET progress_at = now() - interval '61 seconds'`)

  await startWorker(t, bench, redis)

  await eventually(async () => (await bench.image(forgotten))?.state === 'ready')
  await eventually(async () => (await bench.image(deleted)) === undefined)
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('a deletion asked for is done', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  await startWorker(t, bench, redis)
  const id = await bench.addImage(await photo())
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.image(id))?.state === 'ready')
  await markDeleting(bench.database, bench.ownerId, id)
  await producer.enqueueDeletion(id)
  await eventually(async () => (await bench.image(id)) === undefined)
  t.same(await bench.keysInStore(), [])
})

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
