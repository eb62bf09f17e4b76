import { markDeleting } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { photo, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { sweepDeletions } from '../src/upkeep/deletion-sweep.ts'
import { sweepOrphans } from '../src/upkeep/orphan-sweep.ts'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

t.test('killed in the middle of a batch of 50: all are ready after the next start', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const bytes = await photo()
  const first = await startWorker(t, bench, redis)
  const ids: string[] = []
  for (let count = 0; count < 50; count += 1) {
    const id = await bench.addImage(bytes)
    await producer.enqueueRenditions(id)
    ids.push(id)
  }
  await eventually(async () => (await bench.inState('ready')).length >= 5)
  await first.kill('SIGKILL')
  t.ok((await bench.inState('pending')).length > 0, 'there was work left')
  // One is deleted while nobody works.
  const [deleted = ''] = await bench.inState('pending')
  await markDeleting(bench.database, bench.ownerId, deleted)

  await startWorker(t, bench, redis)
  await eventually(async () => (await bench.inState('ready')).length === 49, 60_000)
  await sweepDeletions(bench, { idleSeconds: 0, batch: 100 })
  await sweepOrphans(bench, { minAgeSeconds: 0, batch: 1000 })
  t.equal(await bench.image(deleted), undefined)
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.equal((await bench.keysInStore()).length, 49 * 3)
  t.notOk((await bench.keysInStore()).includes(originalKey(deleted)))
  t.same(await bench.query('SELECT id FROM images WHERE attempts <> 0'), [])
  t.equal(ids.length, 50)
})
