import {
  CONSUMER_REDIS,
  consumeMaintenance,
  createProducer,
  type MaintenanceJob,
  PRODUCER_REDIS,
  SWEEPS,
} from '@tintype/jobs'
import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { keepSweepsScheduled } from '../../src/upkeep/schedule.ts'

const log = createLogger('worker', 'silent')

t.test('every sweep runs at once, and again after Redis came back empty', async (t) => {
  const server = await startTestRedis(t)
  const redis = connectRedis(server.url, PRODUCER_REDIS, log)
  t.teardown(() => disconnectRedis(redis))
  const producer = createProducer(redis)
  // A worker that comes to this late has missed its connection's first `ready`.
  await poll(() => redis.status === 'ready')
  const sweeps = keepSweepsScheduled(producer, log)
  t.teardown(() => sweeps.stop())
  redis.on('ready', sweeps.renew)

  const ran: MaintenanceJob[] = []
  const consumerRedis = connectRedis(server.url, CONSUMER_REDIS, log)
  t.teardown(() => disconnectRedis(consumerRedis))
  const consumer = consumeMaintenance(async (job) => void ran.push(job), {
    redis: consumerRedis,
    concurrency: 1,
    log,
  })
  t.teardown(() => consumer.drain())
  const everySweepRan = () =>
    SWEEPS.every((sweep) => ran.some((job) => job.kind === 'sweep' && job.sweep === sweep))

  await poll(everySweepRan)
  const allWaitForTheirTime = async () => {
    const { waiting, active, delayed } = (await producer.countJobs()).maintenance
    return waiting === 0 && active === 0 && delayed === SWEEPS.length
  }
  await poll(allWaitForTheirTime)
  const runs = ran.length
  for (let times = 0; times < 3; times += 1) await sweeps.renew()
  await poll(allWaitForTheirTime)
  t.equal(ran.length, runs, 'scheduling again has none run again')

  ran.length = 0
  await server.flush()
  await server.stop()
  await server.start()
  await poll(everySweepRan, { timeoutMs: 20_000 })
})

t.test('without Redis nothing is scheduled and nothing breaks', async (t) => {
  const away = () => Promise.reject(new Error('away'))
  const sweeps = keepSweepsScheduled({ scheduleRelay: away, scheduleSweep: away }, log)
  t.teardown(() => sweeps.stop())
  await t.resolves(sweeps.renew())
})
