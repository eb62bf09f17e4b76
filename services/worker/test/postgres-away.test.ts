import { createTestFileStore, photo, startTestPostgres, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

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
