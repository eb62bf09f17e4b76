import { setTimeout as delay } from 'node:timers/promises'
import { uuidv7 } from '@tintype/domain'
import { poll, startTestRedis } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { type Producer, QueueUnavailable } from '../src/index.ts'
import { onRenditions, produce, produceConnected } from './connections.ts'

/** The outcome of an enqueue; one that takes longer than a caller can be kept waiting has none. */
async function refusal(work: Promise<void>): Promise<unknown> {
  const outcome = work.then(
    () => 'taken',
    (error: unknown) => error,
  )
  return Promise.race([outcome, delay(5000, 'hangs', { ref: false })])
}

async function works(producer: Producer): Promise<void> {
  const imageId = uuidv7()
  await poll(() => producer.enqueueRenditions(imageId).then(() => true), { waitingFor: 'an enqueue to work' })
}

/** All that a producer does, each refused. */
async function refusesAll(t: Test, producer: Producer): Promise<void> {
  const refused = await Promise.all([
    refusal(producer.enqueueRenditions(uuidv7())),
    refusal(producer.enqueueDerivations('avif', [uuidv7(), uuidv7()])),
    refusal(producer.enqueueDeletion(uuidv7())),
    refusal(producer.enqueueDeletions([uuidv7(), uuidv7()])),
    refusal(producer.scheduleSweep('orphans', 60_000)),
    refusal(producer.enqueueWebhooks([uuidv7()])),
    refusal(producer.scheduleRelay(60_000)),
    refusal(producer.countJobs().then(() => undefined)),
    refusal(producer.inspectQueues().then(() => undefined)),
    refusal(producer.ping()),
  ])
  for (const error of refused) t.type(error, QueueUnavailable)
}

async function isAway(producer: { redis: { status: string } }): Promise<void> {
  await poll(() => producer.redis.status !== 'ready')
}

t.test('Redis is away', async (t) => {
  t.test('from the start, and comes up late', async (t) => {
    const redis = await startTestRedis(t)
    await redis.stop()
    const producer = produce(t, redis.url)
    await refusesAll(t, producer)
    await redis.start()
    await works(producer)
  })

  t.test('after it was there, and comes back', async (t) => {
    const redis = await startTestRedis(t)
    const producer = produce(t, redis.url)
    await works(producer)
    await redis.kill()
    await refusesAll(t, producer)
    await isAway(producer)
    await refusesAll(t, producer)
    await redis.start()
    await works(producer)
  })

  t.test('goes while the first job is being added', async (t) => {
    const redis = await startTestRedis(t)
    const producer = await produceConnected(t, redis.url)
    const enqueued = refusal(producer.enqueueRenditions(uuidv7()))
    await redis.kill()
    const outcome = await enqueued
    if (outcome !== 'taken') t.type(outcome, QueueUnavailable)
    await redis.start()
    await works(producer)
  })
})

t.test('Redis hangs', async (t) => {
  t.test('after it worked', async (t) => {
    const redis = await startTestRedis(t)
    const producer = produce(t, redis.url)
    await works(producer)
    await redis.hang()
    await refusesAll(t, producer)
    await redis.resume()
    await works(producer)
  })

  t.test('before its first job', async (t) => {
    const redis = await startTestRedis(t)
    const producer = await produceConnected(t, redis.url)
    await redis.hang()
    await refusesAll(t, producer)
    const listeners = producer.redis.listenerCount('error')
    await refusesAll(t, producer)
    t.equal(producer.redis.listenerCount('error'), listeners, 'tries leave nothing behind')
    await redis.resume()
    await works(producer)
  })

  t.test('before the connection is made', async (t) => {
    const redis = await startTestRedis(t)
    await redis.hang()
    const producer = produce(t, redis.url)
    await refusesAll(t, producer)
    await redis.resume()
    await works(producer)
  })
})

t.test('one image’s jobs', async (t) => {
  t.test('added while one waits, add nothing', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const imageId = uuidv7()
    for (let n = 0; n < 5; n += 1) await producer.enqueueRenditions(imageId)
    t.match(await producer.countJobs(), { renditions: { prioritized: 1, waiting: 0 } })
    t.match(await producer.inspectQueues(), {
      renditions: { jobs: { prioritized: 1 }, oldestWaitingSeconds: Number, workers: 0 },
      maintenance: { oldestWaitingSeconds: 0 },
    })
    const ran: string[] = []
    onRenditions(t, url, async (job) => void ran.push(job.imageId))
    const last = uuidv7()
    await producer.enqueueRenditions(last)
    await poll(() => ran.includes(last))
    t.match(await producer.inspectQueues(), { renditions: { workers: 1 }, maintenance: { workers: 0 } })
    t.equal(ran.filter((id) => id === imageId).length, 1)
  })

  t.test('added while one runs, run once more after it', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const imageId = uuidv7()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const events: string[] = []
    onRenditions(
      t,
      url,
      async () => {
        events.push('begin')
        await released
        events.push('end')
      },
      4,
    )
    await producer.enqueueRenditions(imageId)
    await poll(() => events.length === 1)
    for (let n = 0; n < 5; n += 1) await producer.enqueueRenditions(imageId)
    release()
    await poll(() => events.length === 4)
    await poll(async () => (await producer.countJobs()).renditions.completed === 2)
    t.strictSame(events, ['begin', 'end', 'begin', 'end'])
    t.match((await producer.countJobs()).renditions, { waiting: 0, prioritized: 0, active: 0, delayed: 0 })
  })

  t.test('can be added again once one is done', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const imageId = uuidv7()
    let runs = 0
    onRenditions(t, url, async () => {
      runs += 1
    })
    for (const expected of [1, 2, 3]) {
      await producer.enqueueRenditions(imageId)
      await poll(
        async () => runs === expected && (await producer.countJobs()).renditions.completed === expected,
      )
    }
    t.equal(runs, 3)
  })
})

t.test('urgent jobs', async (t) => {
  t.test('go before all others', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const [usual, urgent] = [
      [uuidv7(), uuidv7(), uuidv7()],
      [uuidv7(), uuidv7()],
    ]
    for (const id of usual) await producer.enqueueRenditions(id)
    for (const id of urgent) await producer.enqueueRenditions(id, { urgent: true })
    const ran: string[] = []
    onRenditions(t, url, async (job) => void ran.push(job.imageId))
    await poll(() => ran.length === 5)
    t.strictSame(ran, [...urgent, ...usual])
  })

  t.test('bring one that waits already to the front', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const usual = [uuidv7(), uuidv7(), uuidv7()]
    for (const id of usual) await producer.enqueueRenditions(id)
    const [first, second, third] = usual
    await producer.enqueueRenditions(third ?? '', { urgent: true })
    await producer.enqueueRenditions(third ?? '')
    const ran: string[] = []
    onRenditions(t, url, async (job) => void ran.push(job.imageId))
    await poll(() => ran.length === 3)
    t.strictSame(ran, [third, first, second])
  })
})

t.test('closing with Redis away ends', async (t) => {
  const redis = await startTestRedis(t)
  const producer = produce(t, redis.url)
  await works(producer)
  await redis.stop()
  await isAway(producer)
  t.equal(await refusal(producer.close()), 'taken')
})
