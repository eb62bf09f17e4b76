import { requestRendition, startDerivation } from '@tintype/database'
import type { Lane } from '@tintype/domain'
import t from 'tap'
import { sweepPending } from '../../src/upkeep/pending-sweep.ts'
import { openBench } from '../bench.ts'
import { BYTES, log, NO_JOBS, QUIET } from './sweeping.ts'

t.test('pending', async (t) => {
  t.test('enqueues what made no progress, once each', async (t) => {
    const bench = await openBench(t)
    const ids = []
    for (let count = 0; count < 5; count += 1) ids.push(await bench.addImage(BYTES))
    const ready = await bench.addImage(BYTES)
    const complete = await bench.addImage(BYTES)
    const failed = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET state = 'ready' WHERE id IN ('${ready}', '${complete}')`)
    await bench.query(
      `UPDATE images SET state = 'failed', failure_code = 'TT_IMAGE_CORRUPT' WHERE id = '${failed}'`,
    )
    await requestRendition(bench.database, ready, 'h200')
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await bench.query(`UPDATE renditions SET requested_at = now() - interval '2 minutes'`)
    const fresh = await bench.addImage(BYTES)

    const enqueued: string[] = []
    const producer = {
      ...QUIET,
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
    }
    const options = { idleSeconds: 60, batch: 2 }
    t.same(await sweepPending({ database: bench.database, producer, log }, options), { enqueued: 6 })
    t.same(enqueued.toSorted(), [...ids, ready].sort())
    t.notOk(enqueued.includes(fresh))
    t.same(await sweepPending({ database: bench.database, producer, log }, options), { enqueued: 0 })
  })

  t.test('leaves the backlog alone while enough jobs wait', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 5; count += 1) await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    const enqueued: string[] = []
    const holding = (renditions: Record<string, number>) => ({
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
      countJobs: async () => ({
        ...NO_JOBS,
        renditions: { ...renditions, prioritized: (renditions.prioritized ?? 0) + enqueued.length },
        maintenance: { waiting: 9000 },
        webhooks: {},
      }),
    })
    const sweep = (jobs: Record<string, number>) =>
      sweepPending({ database: bench.database, producer: holding(jobs), log }, { idleSeconds: 60, batch: 2 })
    t.same(await sweep({ waiting: 2000, prioritized: 3001 }), { enqueued: 0 })
    const stalled = await bench.query(`SELECT id FROM images WHERE progress_at < now() - interval '1 minute'`)
    t.equal(stalled.length, 5, 'and claims nothing of it')
    t.same(await sweep({ active: 9000, completed: 9000, waiting: 4999 }), { enqueued: 2 }, 'batch by batch')
    t.same(await sweep({}), { enqueued: 3 })
  })

  t.test('enqueues each lane’s lost work in its queue, whatever waits in another', async (t) => {
    const bench = await openBench(t)
    await bench.addImage(BYTES)
    const ready = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET state = 'ready' WHERE id = '${ready}'`)
    for (const name of ['full.png', 'full.webp', 'full.avif', 'h200.webp'] as const) {
      await requestRendition(bench.database, ready, name)
    }
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await bench.query(`UPDATE renditions SET requested_at = now() - interval '2 minutes'`)
    const enqueued: string[] = []
    const producer = {
      enqueueDerivation: async (lane: Lane, id: string) => void enqueued.push(`${lane} ${id}`),
      countJobs: async () => ({ ...NO_JOBS, renditions: { waiting: 6000 } }),
    }
    const sweep = { idleSeconds: 60, batch: 9 }
    t.same(await sweepPending({ database: bench.database, producer, log }, sweep), { enqueued: 1 })
    t.same(enqueued.toSorted(), [`avif ${ready}`, `conversions ${ready}`])
  })

  t.test('leaves an image alone whose derivation has just begun', async (t) => {
    const bench = await openBench(t)
    const id = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await startDerivation(bench.database, id)
    const producer = { ...QUIET, enqueueDerivation: () => Promise.reject(new Error('enqueued')) }
    t.same(await sweepPending({ database: bench.database, producer, log }, { idleSeconds: 60, batch: 2 }), {
      enqueued: 0,
    })
  })

  t.test('says so when Redis is away, and comes again', async (t) => {
    const bench = await openBench(t)
    await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    const away = { ...QUIET, enqueueDerivation: () => Promise.reject(new Error('away')) }
    await t.rejects(
      sweepPending({ database: bench.database, producer: away, log }, { idleSeconds: 60, batch: 9 }),
      {
        message: 'away',
      },
    )
    const enqueued: string[] = []
    const producer = {
      ...QUIET,
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
    }
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await sweepPending({ database: bench.database, producer, log }, { idleSeconds: 60, batch: 9 })
    t.equal(enqueued.length, 1)
  })
})
