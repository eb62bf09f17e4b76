import { markDeleting } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { photo, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

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
