import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { uuidv7 } from '@tintype/domain'
import { poll, startTestRedis } from '@tintype/testkit'
import { Queue } from 'bullmq'
import t from 'tap'
import type { MaintenanceJob } from '../src/index.ts'
import { onMaintenance, onRenditions, produce, produceConnected } from './connections.ts'

t.test('a job that throws is run again', async (t) => {
  const { url } = await startTestRedis(t)
  const producer = await produceConnected(t, url)
  const imageId = uuidv7()
  let runs = 0
  onRenditions(t, url, async () => {
    runs += 1
    if (runs < 3) throw new Error('the store is away')
  })
  await producer.enqueueRenditions(imageId)
  await poll(async () => (await producer.countJobs()).renditions.completed === 1, { timeoutMs: 30_000 })
  t.equal(runs, 3)
})

t.test('a job that waits to be run again is not added twice', async (t) => {
  const { url } = await startTestRedis(t)
  const producer = await produceConnected(t, url)
  const imageId = uuidv7()
  let runs = 0
  onRenditions(t, url, async () => {
    runs += 1
    if (runs === 1) throw new Error('the store is away')
  })
  await producer.enqueueRenditions(imageId)
  await poll(async () => (await producer.countJobs()).renditions.delayed === 1)
  await producer.enqueueRenditions(imageId)
  await poll(async () => (await producer.countJobs()).renditions.completed === 1)
  t.match((await producer.countJobs()).renditions, { waiting: 0, prioritized: 0, delayed: 0, active: 0 })
  t.equal(runs, 2)
})

t.test(
  'the jobs of a worker that was killed, and of one that abandoned its own, are run by another',
  async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const [killed, abandoned] = [uuidv7(), uuidv7()]

    const stuck = fork(fileURLToPath(new URL('stuck-worker.ts', import.meta.url)), [url])
    t.teardown(() => stuck.kill('SIGKILL'))
    const taken = once(stuck, 'message')
    await producer.enqueueRenditions(killed)
    t.strictSame(await taken, [killed, undefined])

    const { promise: begun, resolve: begin } = Promise.withResolvers<string>()
    const consumer = onRenditions(t, url, async (job) => {
      begin(job.imageId)
      await new Promise(() => {})
    })
    await producer.enqueueRenditions(abandoned)
    t.equal(await begun, abandoned)

    stuck.kill('SIGKILL')
    await once(stuck, 'exit')
    await consumer.abandon()
    const ran: string[] = []
    onRenditions(t, url, async (job) => void ran.push(job.imageId))
    await poll(() => ran.length === 2, {
      timeoutMs: 40_000,
      waitingFor: 'the jobs to be run by another worker',
    })
    t.strictSame(ran.toSorted(), [killed, abandoned].toSorted())
    await producer.enqueueRenditions(killed)
    await poll(() => ran.length === 3, { waitingFor: 'the image’s next job not to be held back' })
  },
)

t.test('as many jobs are in hand at once as told', async (t) => {
  const { url } = await startTestRedis(t)
  const producer = await produceConnected(t, url)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let [inHand, most, done] = [0, 0, 0]
  onRenditions(
    t,
    url,
    async () => {
      inHand += 1
      most = Math.max(most, inHand)
      await released
      inHand -= 1
      done += 1
    },
    3,
  )
  for (let n = 0; n < 8; n += 1) await producer.enqueueRenditions(uuidv7())
  await poll(() => inHand === 3)
  release()
  await poll(() => done === 8)
  t.equal(most, 3)
})

t.test('draining waits for jobs in hand and takes no more', async (t) => {
  const { url } = await startTestRedis(t)
  const producer = await produceConnected(t, url)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const events: string[] = []
  const consumer = onRenditions(t, url, async () => {
    events.push('begin')
    await released
    events.push('end')
  })
  await producer.enqueueRenditions(uuidv7())
  await producer.enqueueRenditions(uuidv7())
  await poll(() => events.length === 1)
  const drained = consumer.drain().then(() => events.push('drained'))
  await producer.enqueueRenditions(uuidv7())
  t.strictSame(events, ['begin'])
  release()
  await drained
  t.strictSame(events, ['begin', 'end', 'drained'])
  t.match((await producer.countJobs()).renditions, { completed: 1, prioritized: 2, active: 0 })
})

t.test('consumers', async (t) => {
  t.test('start without Redis and join it', async (t) => {
    const redis = await startTestRedis(t)
    await redis.stop()
    const ran: string[] = []
    onRenditions(t, redis.url, async (job) => void ran.push(job.imageId))
    const producer = produce(t, redis.url)
    await redis.start()
    const imageId = uuidv7()
    await poll(() => producer.enqueueRenditions(imageId).then(() => true))
    await poll(() => ran.length === 1, { timeoutMs: 20_000 })
    t.strictSame(ran, [imageId])
  })

  t.test('go on after Redis was away', async (t) => {
    const redis = await startTestRedis(t)
    const ran: string[] = []
    onRenditions(t, redis.url, async (job) => void ran.push(job.imageId))
    const producer = await produceConnected(t, redis.url)
    await producer.enqueueRenditions(uuidv7())
    await poll(() => ran.length === 1)
    await redis.kill()
    await poll(() => producer.redis.status !== 'ready')
    await redis.start()
    await poll(() => producer.enqueueRenditions(uuidv7()).then(() => true))
    await poll(() => ran.length === 2, { timeoutMs: 20_000 })
    t.equal(new Set(ran).size, 2)
  })

  t.test('go on after Redis was emptied', async (t) => {
    const redis = await startTestRedis(t)
    const ran: string[] = []
    onRenditions(t, redis.url, async (job) => void ran.push(job.imageId))
    const producer = await produceConnected(t, redis.url)
    await producer.enqueueRenditions(uuidv7())
    await poll(() => ran.length === 1)
    await redis.flush()
    await producer.enqueueRenditions(uuidv7())
    await poll(() => ran.length === 2, { timeoutMs: 20_000 })
    t.equal(new Set(ran).size, 2)
  })

  t.test('end while Redis is away', async (t) => {
    const redis = await startTestRedis(t)
    const consumer = onRenditions(t, redis.url, async () => {})
    const producer = await produceConnected(t, redis.url)
    await redis.stop()
    await poll(() => producer.redis.status !== 'ready')
    const ended = await Promise.race([
      consumer.abandon().then(() => 'ended'),
      delay(10_000, 'hangs', { ref: false }),
    ])
    t.equal(ended, 'ended')
  })
})

t.test('maintenance', async (t) => {
  t.test('a deletion is run', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const imageId = uuidv7()
    await producer.enqueueDeletion(imageId)
    await producer.enqueueDeletion(imageId)
    const ran: MaintenanceJob[] = []
    onMaintenance(t, url, async (job) => void ran.push(job))
    await poll(async () => (await producer.countJobs()).maintenance.completed === 1)
    t.strictSame(ran, [{ kind: 'delete-image', imageId }])
  })

  t.test('a sweep runs again and again, once among all workers', async (t) => {
    const { url } = await startTestRedis(t)
    const ran: MaintenanceJob[] = []
    for (let n = 0; n < 2; n += 1) onMaintenance(t, url, async (job) => void ran.push(job))
    const producers = await Promise.all([produceConnected(t, url), produceConnected(t, url)])
    // As each worker does at its start.
    for (const producer of [...producers, ...producers]) await producer.scheduleSweep('orphans', 200)
    const queue = new Queue('maintenance', { connection: { url } })
    t.teardown(() => queue.close())
    t.match(await queue.getJobSchedulers(), [{ key: 'sweep-orphans', every: 200 }])
    t.equal(await queue.getJobSchedulersCount(), 1)
    await poll(() => ran.length >= 3)
    t.match(ran[0], { kind: 'sweep', sweep: 'orphans' })
    const { delayed = 0, waiting = 0 } = await queue.getJobCounts('delayed', 'waiting')
    t.ok(delayed + waiting <= 1, 'no second series runs beside it')
  })

  t.test('a sweep that a worker scheduled by a clock that was ahead is scheduled again', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    const ran: MaintenanceJob[] = []
    const { now } = Date
    Date.now = () => now() + 300_000
    await producer.scheduleSweep('pending', 200).finally(() => {
      Date.now = now
    })
    onMaintenance(t, url, async (job) => void ran.push(job))
    // What was due then runs; the next comes five minutes later.
    await poll(() => ran.length >= 1)
    await poll(async () => {
      await producer.scheduleSweep('pending', 200)
      return ran.length >= 3
    })
  })

  t.test('a sweep is scheduled again after Redis was emptied', async (t) => {
    const redis = await startTestRedis(t)
    const ran: MaintenanceJob[] = []
    onMaintenance(t, redis.url, async (job) => void ran.push(job))
    const producer = await produceConnected(t, redis.url)
    await producer.scheduleSweep('pending', 100)
    await poll(() => ran.length >= 1)
    await redis.flush()
    const before = ran.length
    await producer.scheduleSweep('pending', 100)
    await poll(() => ran.length >= before + 2, { timeoutMs: 20_000 })
    t.match(ran.at(-1), { kind: 'sweep', sweep: 'pending' })
  })

  t.test('a change of its interval is taken on', async (t) => {
    const { url } = await startTestRedis(t)
    const producer = await produceConnected(t, url)
    await producer.scheduleSweep('links', 3_600_000)
    await producer.scheduleSweep('links', 100)
    const ran: MaintenanceJob[] = []
    onMaintenance(t, url, async (job) => void ran.push(job))
    await poll(
      async () => {
        // As each worker does again and again: a schedule that is taken on late is taken on.
        await producer.scheduleSweep('links', 100)
        return ran.length >= 2
      },
      // Repeated every 100 ms, it would be put off each time that it is due.
      { everyMs: 25 },
    )
    t.match(ran[0], { sweep: 'links' })
  })
})
