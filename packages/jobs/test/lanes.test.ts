import { LANES, uuidv7 } from '@tintype/domain'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { QUEUE_OF } from '../src/index.ts'
import { onLane, produceConnected } from './connections.ts'

t.test('each lane has a queue of its own: what is slow in one holds up no other', async (t) => {
  const redis = await startTestRedis(t)
  const producer = await produceConnected(t, redis.url)
  const imageId = uuidv7()
  const done: string[] = []
  const slow = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  t.teardown(() => slow.resolve())
  for (const lane of LANES) {
    onLane(t, redis.url, lane, async (job) => {
      if (lane === 'avif') {
        begun.resolve()
        await slow.promise
      }
      done.push(`${lane} ${job.imageId}`)
    })
  }
  await producer.enqueueDerivation('avif', imageId)
  await begun.promise
  await producer.enqueueDerivation('conversions', imageId)
  await producer.enqueueRenditions(imageId)
  await poll(() => done.length === 2)
  t.strictSame(done.toSorted(), [`conversions ${imageId}`, `thumbnails ${imageId}`])
  t.match(await producer.countJobs(), { [QUEUE_OF.avif]: { active: 1 } })
  slow.resolve()
  await poll(() => done.length === 3)
})
