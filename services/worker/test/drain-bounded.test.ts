// In a process of its own: it waits for a drain to be given up.

import { crashingDecoderOptions, hangingJpeg, photo, startTestRedis } from '@tintype/testkit'
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

// Each waits for a time to run out. Nothing is shared.
t.jobs = 2

t.test('SIGTERM: what does not end in time goes back to the queue', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const worker = await startWorker(t, bench, redis, { env: { NODE_OPTIONS: crashingDecoderOptions() } })
  const id = await bench.addImage(await hangingJpeg())
  await producer.enqueueRenditions(id)
  const children = await eventually(() => childrenOf(worker.pid).length > 0 && childrenOf(worker.pid))
  await eventually(async () => (await bench.image(id))?.attempts === 1)

  worker.signal('SIGTERM')

  t.match(await worker.exited, { code: 0 })
  t.match(await bench.image(id), { state: 'pending', attempts: 0 }, 'the attempt is given back')
  t.notOk(children.some(isAlive))
  t.equal((await producer.countJobs()).renditions.active, 0)
  await startWorker(t, bench, redis)
  await eventually(async () => (await bench.image(id))?.state === 'ready')
})

t.test('SIGTERM while Redis is away', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const publications = await holdPublications(bench)
  const worker = await startWorker(t, bench, redis)
  const id = await bench.addImage(await photo())
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.keysInStore()).length === 3)
  const children = childrenOf(worker.pid)

  await redis.stop()
  worker.signal('SIGTERM')
  await publications.release()

  t.match(await worker.exited, { code: 0 })
  t.match(await bench.image(id), { state: 'ready' })
  t.notOk(children.some(isAlive))
  t.notOk(
    worker.logs.some((line) => String(line.msg).startsWith('jobs in hand take too long')),
    'only jobs in hand are waited for',
  )
})
