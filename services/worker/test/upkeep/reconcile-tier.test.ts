import { findReconcile, findUser, updateTier } from '@tintype/database'
import type { Lane } from '@tintype/domain'
import { CONSUMER_REDIS, consumeMaintenance, type MaintenanceJob } from '@tintype/jobs'
import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import { poll, startTestRedis } from '@tintype/testkit'
import t, { type Test } from 'tap'
import {
  type ReconcileDependencies,
  reconcileTier,
  sweepReconciles,
} from '../../src/upkeep/reconcile-tier.ts'
import { type Bench, openBench } from '../bench.ts'
import { openProducer } from '../worker-process.ts'

const BYTES = Buffer.from('not read here')
const log = createLogger('worker', 'silent')

/** Ready images of a tier that has just gained 400 px. */
async function setUp(t: Test, count: number) {
  const bench = await openBench(t, { tier: { thumbnailHeights: [200], conversionFormats: [] } })
  const ids: string[] = []
  for (let made = 0; made < count; made += 1) ids.push(await bench.addImage(BYTES))
  await bench.query(`UPDATE images SET state = 'ready'`)
  const tierId = (await findUser(bench.database, bench.ownerId))?.tier.id ?? ''
  const edited = await updateTier(bench.database, tierId, { thumbnailHeights: [200, 400] }, () => {})
  if (edited.outcome !== 'saved') throw new Error(edited.outcome)
  return { bench, ids: ids.sort(), run: { tierId, version: edited.tier.version } }
}

const wanted = async (bench: Bench) =>
  (
    await bench.query<{ id: string }>(`SELECT image_id AS id FROM renditions WHERE name = 'h400' ORDER BY 1`)
  ).map(({ id }) => id)

function recording(bench: Bench, waiting: () => number = () => 0, othersWaiting = 0) {
  const enqueued: string[] = []
  const producer: ReconcileDependencies['producer'] = {
    enqueueDerivation: async (_lane, id) => void enqueued.push(id),
    countJobs: async () => ({
      renditions: { prioritized: waiting() },
      conversions: { prioritized: othersWaiting },
      avif: { waiting: othersWaiting },
      maintenance: {},
      webhooks: {},
    }),
  }
  return { enqueued, dependencies: { database: bench.database, producer, log } }
}

t.test('a gained height is asked for of every image, and again of none', async (t) => {
  const { bench, ids, run } = await setUp(t, 5)
  const { enqueued, dependencies } = recording(bench)
  t.equal(await reconcileTier(dependencies, run, { batch: 2 }), 'finished')
  t.same(enqueued, ids)
  t.same(await wanted(bench), ids)
  t.match(await findReconcile(bench.database, run.tierId), {
    imagesTotal: 5,
    imagesDone: 5,
    finishedAt: Date,
  })
  t.equal(await reconcileTier(dependencies, run, { batch: 2 }), 'superseded')
  t.equal(enqueued.length, 5)
})

t.test('it pauses while enough jobs wait, and the sweep goes on with it', async (t) => {
  const { bench, ids, run } = await setUp(t, 5)
  const { enqueued, dependencies } = recording(bench, () => (enqueued.length >= 2 ? 5001 : 0))
  t.equal(await reconcileTier(dependencies, run, { batch: 2 }), 'paused')
  t.same(enqueued, ids.slice(0, 2))
  const again: object[] = []
  const producer = { enqueueReconcile: async (one: object) => void again.push(one) }
  t.same(await sweepReconciles({ ...bench, producer }, { idleSeconds: 0, batch: 9 }), { enqueued: 1 })
  t.same(again, [run])
  const later = recording(bench)
  t.equal(await reconcileTier(later.dependencies, run, { batch: 2 }), 'finished')
  t.same(later.enqueued, ids.slice(2))
  t.same(await sweepReconciles({ ...bench, producer }, { idleSeconds: 0, batch: 9 }), { enqueued: 0 })
})

t.test('what waits in other lanes does not hold it up', async (t) => {
  const { bench, ids, run } = await setUp(t, 2)
  const { enqueued, dependencies } = recording(bench, () => 0, 5001)
  t.equal(await reconcileTier(dependencies, run, { batch: 2 }), 'finished')
  t.same(enqueued, ids)
})

t.test('edited twice while the first run runs: the older ends, the last one does all', async (t) => {
  const { bench, ids, run } = await setUp(t, 4)
  const edit = (thumbnailHeights: number[]) =>
    updateTier(bench.database, run.tierId, { thumbnailHeights }, () => {})
  const { enqueued, dependencies } = recording(bench)
  const { producer } = dependencies
  const editing = {
    ...producer,
    async enqueueDerivation(lane: Lane, id: string) {
      await producer.enqueueDerivation(lane, id)
      if (enqueued.length === 1) await edit([200, 400, 500])
      if (enqueued.length === 2) await edit([200, 400, 600])
    },
  }
  t.equal(await reconcileTier({ ...dependencies, producer: editing }, run, { batch: 2 }), 'superseded')
  t.same(enqueued, ids.slice(0, 2))
  t.equal(await reconcileTier(dependencies, { ...run, version: run.version + 1 }, { batch: 2 }), 'superseded')
  t.equal(await reconcileTier(dependencies, { ...run, version: run.version + 2 }, { batch: 3 }), 'finished')
  t.same(await wanted(bench), ids)
  const rows = await bench.query(`SELECT name, count(*)::integer FROM renditions GROUP BY name ORDER BY name`)
  t.same(rows, [
    { name: 'h400', count: 4 },
    { name: 'h600', count: 4 },
  ])
  t.match(await findReconcile(bench.database, run.tierId), {
    imagesTotal: 4,
    imagesDone: 4,
    finishedAt: Date,
  })
})

t.test('a killed worker’s run is gone on with from its cursor by another', async (t) => {
  const { bench, ids, run } = await setUp(t, 6)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)

  async function consume(process: (job: MaintenanceJob) => Promise<void>) {
    const connection = connectRedis(redis.url, CONSUMER_REDIS, log)
    t.teardown(() => disconnectRedis(connection))
    return consumeMaintenance(process, { redis: connection, concurrency: 1, log })
  }
  const first = recording(bench)
  const hanging = {
    ...first.dependencies.producer,
    // The second batch is committed, and the worker dies before it has enqueued it all.
    enqueueDerivation: async (lane: Lane, id: string) => {
      if (first.enqueued.length === 3) await new Promise(() => {})
      await first.dependencies.producer.enqueueDerivation(lane, id)
    },
  }
  const killed = await consume(async (job) => {
    if (job.kind === 'reconcile')
      await reconcileTier({ ...first.dependencies, producer: hanging }, job, { batch: 2 })
  })
  await producer.enqueueReconcile(run)
  await producer.enqueueReconcile(run)
  await poll(async () => (await wanted(bench)).length === 4)
  await killed.abandon()
  t.match(await findReconcile(bench.database, run.tierId), { imagesDone: 4, finishedAt: null })

  const second = recording(bench)
  const survivor = await consume(async (job) => {
    if (job.kind === 'reconcile') await reconcileTier(second.dependencies, job, { batch: 2 })
  })
  t.teardown(() => survivor.abandon())
  // The dead one's lock expires after 15 s.
  await poll(async () => (await findReconcile(bench.database, run.tierId))?.finishedAt, { timeoutMs: 60_000 })
  await poll(() => second.enqueued.length === 2)
  t.same(second.enqueued, ids.slice(4), 'not from the start')
  t.same(await wanted(bench), ids, 'what was not enqueued is wanted, for the pending sweep to find')
})
