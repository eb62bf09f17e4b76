import { findUser, markDeleting } from '@tintype/database'
import { originalKey, uuidv7 } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { createLogger } from '@tintype/service-kit'
import t from 'tap'
import { sweepOriginals } from '../../src/upkeep/original-sweep.ts'
import { runMaintenance } from '../../src/upkeep/run-maintenance.ts'
import { sweepUsage } from '../../src/upkeep/usage-sweep.ts'
import { openBench } from '../bench.ts'

const BYTES = Buffer.from('not read here')
const PUT = { bytes: BYTES.length, contentType: 'image/jpeg' }

function recordLog() {
  const told: [details: object, message: string | undefined][] = []
  return { told, log: { error: (details: object, message?: string) => void told.push([details, message]) } }
}

t.test('a usage that is wrong is told and mended', async (t) => {
  const bench = await openBench(t)
  for (let count = 0; count < 3; count += 1) await bench.addImage(BYTES)
  await bench.query(`
    INSERT INTO users (id, username, password_hash, role, tier_id, used_images)
    SELECT gen_random_uuid(), 'user ' || n, '', 'user', tier_id, CASE n WHEN 4 THEN 7 ELSE 0 END
    FROM users, generate_series(1, 5) AS n`)
  await bench.query(`UPDATE users SET used_bytes = 1, used_images = 99 WHERE id = '${bench.ownerId}'`)
  const { told, log } = recordLog()
  t.same(await sweepUsage({ ...bench, log }, { batch: 2 }), { mended: 2 })
  t.match(
    told.toSorted(([one], [other]) => JSON.stringify(one).length - JSON.stringify(other).length),
    [
      [{ before: { bytes: 0, images: 7 }, after: { bytes: 0, images: 0 } }, /usage was not/],
      [
        {
          userId: bench.ownerId,
          before: { bytes: 1, images: 99 },
          after: { bytes: 3 * BYTES.length, images: 3 },
        },
        /usage was not/,
      ],
    ],
  )
  t.match(await findUser(bench.database, bench.ownerId), { usedBytes: 3 * BYTES.length, usedImages: 3 })
  t.same(await sweepUsage({ ...bench, log }, { batch: 2 }), { mended: 0 })
  t.equal(told.length, 2)
})

t.test('originals that are not in the store are told of', async (t) => {
  const bench = await openBench(t)
  const ids: string[] = []
  for (let count = 0; count < 7; count += 1) ids.push(await bench.addImage(BYTES))
  ids.sort()
  const [first = '', second = '', , failed = '', fifth = '', sixth = '', last = ''] = ids
  await bench.query(
    `UPDATE images SET state = 'failed', failure_code = 'TT_ORIGINAL_MISSING' WHERE id = '${failed}'`,
  )
  await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
  await bench.store.put('originals/readme', BYTES, PUT)
  const { told, log } = recordLog()
  const sweep = (store = bench.store) => sweepOriginals({ ...bench, store, log }, { batch: 2 })
  t.same(await sweep(), { checked: 6, missing: 0 })

  for (const id of [first, failed, fifth, last]) await bench.store.delete(originalKey(id))
  t.same(await sweep(), { checked: 6, missing: 3 })
  t.same(
    told,
    [first, fifth, last].map((imageId) => [{ imageId }, 'the original of an image is not in the store']),
  )
  t.equal((await bench.query('SELECT id FROM images')).length, 7, 'and left as they are')

  told.length = 0
  // While it sweeps, one comes that was not listed, and one is deleted.
  const meanwhile: ObjectStore = {
    ...bench.store,
    async *list(prefix) {
      for await (const object of bench.store.list(prefix)) {
        if (object.key !== originalKey(second) && object.key !== originalKey(sixth)) yield object
      }
    },
    async head(key) {
      if (key === originalKey(sixth)) {
        await markDeleting(bench.database, bench.ownerId, sixth)
        await bench.store.delete(key)
      }
      return bench.store.head(key)
    },
  }
  t.same(await sweep(meanwhile), { checked: 6, missing: 3 })
})

t.test('a store that is away has lost nothing', async (t) => {
  const bench = await openBench(t)
  await bench.addImage(BYTES)
  const { told, log } = recordLog()
  const store: ObjectStore = {
    ...bench.store,
    async *list() {},
    head: async () => undefined,
    ping: () => Promise.reject(new Error('away')),
  }
  await t.rejects(sweepOriginals({ ...bench, store, log }, { batch: 2 }), { message: 'away' })
  t.same(told, [])
})

t.test('both run as maintenance, and are counted', async (t) => {
  const bench = await openBench(t)
  await bench.store.delete(originalKey(await bench.addImage(BYTES)))
  await bench.query('UPDATE users SET used_bytes = 0')
  const counted: object[] = []
  const dependencies = {
    ...{ ...bench, log: createLogger('worker', 'silent'), producer: {} as never },
    ...{ orphanMinAgeSeconds: 0, evictAfterDays: 0 },
    observeSweep: (sweep: string, counts: object) => void counted.push({ sweep, ...counts }),
  }
  for (const sweep of ['usage', 'originals'] as const) {
    await runMaintenance(dependencies, { kind: 'sweep', sweep }, new AbortController().signal)
  }
  t.same(counted, [
    { sweep: 'usage', mended: 1 },
    { sweep: 'originals', checked: 1, missing: 1 },
  ])
})
