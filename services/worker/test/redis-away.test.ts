// In a process of its own: it waits for connections to be tried again.

import { SWEEPS } from '@tintype/jobs'
import { photo, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, holdPublications, openProducer, startWorker } from './worker-process.ts'

// Each waits for what happens every so many seconds. Nothing is shared.
t.jobs = 3

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

  const late = await bench.addImage(bytes)
  const enqueued = () =>
    producer.enqueueRenditions(late).then(
      () => true,
      () => false,
    )
  await eventually(enqueued)
  await eventually(async () => (await bench.image(late))?.state === 'ready', 10_000)
  await eventually(async () => (await bench.inState('ready')).length === 7, 40_000)
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
  // What the stores said is given out for a second.
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 200)
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
