import { createTestFileStore, photo, startTestPostgres, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import {
  childrenOf,
  eventually,
  holdPublications,
  isAlive,
  openProducer,
  startWorker,
} from './worker-process.ts'

t.test('SIGTERM: jobs in hand end, none is begun, no child is left', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const publications = await holdPublications(bench)
  const worker = await startWorker(t, bench, redis)
  const bytes = await photo()
  const ids: string[] = []
  for (let count = 0; count < 4; count += 1) {
    const id = await bench.addImage(bytes)
    await producer.enqueueRenditions(id)
    ids.push(id)
  }
  // Two of four are in hand, their objects there, their publication held.
  await eventually(async () => (await bench.keysInStore()).length === 4 + 2 * 2)
  // One of them may have decoded both: it is free again while the first publication is held.
  const children = childrenOf(worker.pid)
  t.ok(children.length >= 1 && children.length <= 2, `${children.length} children`)

  worker.signal('SIGTERM')
  await worker.logged((line) => line.msg === 'stopping')
  t.equal((await fetch(`${worker.url}/healthz`)).status, 200, 'it is alive while it drains')
  await publications.release()

  t.match(await worker.exited, { code: 0 })
  t.equal((await bench.inState('ready')).length, 2)
  const untouched = await bench.query(`SELECT id FROM images WHERE state = 'pending' AND attempts = 0`)
  t.equal(untouched.length, 2)
  t.notOk(children.some(isAlive))
  t.same((await producer.countJobs()).renditions.active, 0, 'no job waits for its lock to expire')

  await startWorker(t, bench, redis)
  await eventually(async () => (await bench.inState('ready')).length === 4)
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('SIGTERM while it waits for PostgreSQL', async (t) => {
  const server = await startTestPostgres(t)
  const redis = await startTestRedis(t)
  const { storeUrl } = await createTestFileStore(t)
  await server.stop()
  const worker = await startWorker(t, { databaseUrl: server.url, storeUrl }, redis, { until: 'listening' })
  await worker.logged((line) => line.msg === 'waiting for PostgreSQL')
  worker.signal('SIGTERM')
  t.match(await worker.exited, { code: 0 })
})
