// In a process of its own: it waits for locks that the dead held.

import { crashingDecoderOptions, hangingJpeg, photo, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { sweepOrphans } from '../src/upkeep/orphan-sweep.ts'
import { openBench } from './bench.ts'
import {
  childrenOf,
  endWaitingStatements,
  eventually,
  holdPublications,
  isAlive,
  openProducer,
  startWorker,
} from './worker-process.ts'

/** A killed worker's jobs are found when their locks have expired: 15 s, looked for every 5 s. */
const FOUND_MS = 60_000

// Both wait for a lock to expire. Nothing is shared.
t.jobs = 2

t.test('killed in the middle of a decode: another worker does it', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  // To a decoder without the option it is a sound picture.
  const hanging = { env: { NODE_OPTIONS: crashingDecoderOptions() } }
  const first = await startWorker(t, bench, redis, hanging)
  const id = await bench.addImage(await hangingJpeg())
  const producer = await openProducer(t, redis)
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.image(id))?.attempts === 1)
  const children = await eventually(() => childrenOf(first.pid).length > 0 && childrenOf(first.pid))

  await first.kill('SIGKILL')
  // It hangs by the test's doing, so it cannot hear that its parent is gone.
  for (const pid of children) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  t.match(await bench.image(id), { state: 'pending', attempts: 1 })

  await startWorker(t, bench, redis)
  await eventually(async () => (await bench.image(id))?.state === 'ready', FOUND_MS)
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('killed between derive and publish: done again, and the objects of the first go', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const publications = await holdPublications(bench)
  const first = await startWorker(t, bench, redis)
  const id = await bench.addImage(await photo())
  const producer = await openProducer(t, redis)
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.keysInStore()).length === 3)
  const children = childrenOf(first.pid)
  t.ok(children.length > 0)

  await first.kill('SIGKILL')
  await endWaitingStatements(bench)
  await publications.release()
  await eventually(() => !children.some(isAlive))
  t.match(await bench.image(id), { state: 'pending', attempts: 1 })

  await startWorker(t, bench, redis)
  await eventually(async () => (await bench.image(id))?.state === 'ready', FOUND_MS)
  t.equal((await bench.keysInStore()).length, 5)
  t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 1000 }), { deleted: 2 })
  t.same(await bench.keysInStore(), await bench.keysInRows())
})
