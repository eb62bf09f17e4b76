import { text } from 'node:stream/consumers'
import { getInstallationId, markDeleting } from '@tintype/database'
import { installationKey, originalKey, renditionKey, uuidv7 } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import type { Logger } from '@tintype/service-kit'
import t from 'tap'
import { sweepOrphans } from '../../src/upkeep/orphan-sweep.ts'
import { runMaintenance } from '../../src/upkeep/run-maintenance.ts'
import { claimStore } from '../../src/upkeep/store-claim.ts'
import { type Bench, openBench } from '../bench.ts'
import { addDerived, BYTES, PUT } from './sweeping.ts'

/** What a maintenance job is run with, by a worker of which only errors are heard. */
function upkeepOf(bench: Bench, said: string[]) {
  const log = { error: (message: string) => said.push(message), info() {}, debug() {} } as unknown as Logger
  return {
    ...bench,
    log,
    producer: {} as Producer,
    observeSweep() {},
    evictAfterDays: 7,
    orphanMinAgeSeconds: 0,
  }
}

t.test('orphans', async (t) => {
  t.test('one that cannot be deleted does not keep the others', async (t) => {
    const bench = await openBench(t)
    const keys = Array.from({ length: 5 }, () => originalKey(uuidv7())).sort()
    for (const key of keys) await bench.store.put(key, BYTES, PUT)
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        if (key === keys[0] || key === keys[3]) throw new StoreUnavailable('delete', new Error('locked'))
        await bench.store.delete(key)
      },
    }
    await t.rejects(sweepOrphans({ ...bench, store }, { minAgeSeconds: 0, batch: 2 }), {
      message: /2/,
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }, {}],
    })
    t.same(await bench.keysInStore(), [keys[0], keys[3]])
  })

  t.test('nothing goes from a store that a newer state of the database has swept', async (t) => {
    const bench = await openBench(t)
    const said: string[] = []
    const sweep = async () => {
      const dependencies = upkeepOf(bench, said)
      await runMaintenance(dependencies, { kind: 'sweep', sweep: 'orphans' }, new AbortController().signal)
    }
    await sweep()
    const [dump] = await bench.query<{ n: number }>('SELECT sweep_number AS n FROM installation')
    await sweep()
    await sweep()
    t.same(said, [], 'a database that goes on is not refused')

    const uploaded = originalKey(uuidv7())
    await bench.store.put(uploaded, BYTES, PUT)
    await bench.query(`UPDATE installation SET sweep_number = ${dump?.n}`)
    for (let turn = 0; turn < 5; turn += 1) await sweep()
    t.equal(said.length, 5, 'it does not catch up')
    t.match(said, [/older than the store.*delete the mark/s])
    t.ok(await bench.store.head(uploaded), 'what was uploaded after the dump is still there')

    await bench.store.delete(installationKey(await getInstallationId(bench.database)))
    await sweep()
    t.notOk(await bench.store.head(uploaded), 'until somebody is sure')
  })

  t.test('sweeps at once, and one that died before it marked the store, refuse nobody', async (t) => {
    const bench = await openBench(t)
    t.same(await Promise.all([1, 2, 3, 4].map(() => claimStore(bench))), Array(4).fill('ours'))
    const dying: ObjectStore = { ...bench.store, put: () => Promise.reject(new Error('died')) }
    for (let turn = 0; turn < 3; turn += 1) await t.rejects(claimStore({ ...bench, store: dying }))
    t.equal(await claimStore(bench), 'ours')
    const key = installationKey(await getInstallationId(bench.database))
    const [row] = await bench.query<{ n: number }>('SELECT sweep_number AS n FROM installation')
    t.equal(row?.n, 8)
    const mark = await bench.store.get(key)
    t.equal(mark && (await text(mark.body)), '8')
    await bench.store.put(key, Buffer.from('many'), { bytes: 4, contentType: 'text/plain' })
    await t.rejects(claimStore(bench), { message: /holds no number/ }, 'a mark that cannot be read')
  })

  t.test('nothing goes from a store that is marked as another installation’s', async (t) => {
    const bench = await openBench(t)
    const key = originalKey(uuidv7())
    await bench.store.put(key, BYTES, PUT)
    const ours = await getInstallationId(bench.database)
    t.equal(await claimStore(bench), 'ours', 'a store without a mark becomes ours')
    t.equal(await claimStore(bench), 'ours', 'and stays ours')
    await bench.query(`UPDATE installation SET id = gen_random_uuid()`)
    t.equal(await claimStore(bench), 'foreign', 'to a copy of the database under another id it is foreign')
    const mark = installationKey(await getInstallationId(bench.database))
    await bench.store.put(mark, Buffer.from('0'), { bytes: 1, contentType: 'text/plain' })
    t.equal(await claimStore(bench), 'foreign', 'and so it is with two marks')
    const said: string[] = []
    const sweep = { kind: 'sweep', sweep: 'orphans' } as const
    const dependencies = upkeepOf(bench, said)
    await runMaintenance(dependencies, sweep, new AbortController().signal)
    t.match(said, [/another installation/])
    t.ok(await bench.store.head(key), 'the orphan is still there')
    await bench.store.delete(installationKey(ours))
    await runMaintenance(dependencies, sweep, new AbortController().signal)
    t.notOk(await bench.store.head(key), 'and goes once the store is ours alone')
  })

  t.test('exactly the objects that no row names go', async (t) => {
    const bench = await openBench(t)
    const kept = await addDerived(bench)
    const deleting = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, deleting.id)
    const named = await bench.keysInStore()
    const foreign = [
      'originals/notes.txt',
      'renditions/readme',
      'staging/upload',
      'renditions/not-an-id/h200',
    ]
    const orphans = [
      originalKey(uuidv7()),
      originalKey(uuidv7()),
      renditionKey(kept.id, 'h200', uuidv7(), 'jpg'),
      renditionKey(kept.id, 'h400', uuidv7(), 'jpg'),
      renditionKey(uuidv7(), 'h200', uuidv7(), 'jpg'),
    ]
    for (const key of [...foreign, ...orphans]) await bench.store.put(key, BYTES, PUT)

    const young = { minAgeSeconds: 3600, batch: 2 }
    t.same(await sweepOrphans(bench, young), { checked: 0, deleted: 0 }, 'young ones are not looked at')
    t.same((await bench.keysInStore()).length, named.length + foreign.length + orphans.length)

    t.same(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { checked: 13, deleted: 5 })
    t.same(await bench.keysInStore(), [...named, ...foreign].sort())
    t.same(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { checked: 8, deleted: 0 })
  })

  t.test("age is told by the store's own clock", async (t) => {
    const bench = await openBench(t)
    await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
    const at = (offsetSeconds: number): ObjectStore => ({
      ...bench.store,
      ping: async () => new Date((await bench.store.ping()).getTime() + offsetSeconds * 1000),
    })
    const options = { minAgeSeconds: 3600, batch: 1000 }
    t.match(await sweepOrphans({ ...bench, store: at(3500) }, options), { deleted: 0 })
    t.match(await sweepOrphans({ ...bench, store: at(3700) }, options), { deleted: 1 })
  })

  t.test('looks up a batch at a time and holds no more', async (t) => {
    const bench = await openBench(t)
    let [listed, looked, most] = [0, 0, 0]
    const total = 5000
    const store: ObjectStore = {
      ...bench.store,
      async *list(prefix) {
        for (let count = 0; prefix === 'originals/' && count < total; count += 1) {
          listed += 1
          most = Math.max(most, listed - looked)
          yield { key: originalKey(uuidv7()), bytes: 1, modifiedAt: new Date(0) }
        }
      },
      async delete() {
        looked += 1
      },
    }
    t.same(await sweepOrphans({ ...bench, store }, { minAgeSeconds: 0, batch: 1000 }), {
      checked: total,
      deleted: total,
    })
    t.equal(most, 1000, 'no more is listed before the last batch was looked up')
  })

  t.test('ends early when told to', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 4; count += 1) await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
    const stopping = new AbortController()
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        await bench.store.delete(key)
        stopping.abort()
      },
    }
    const options = { minAgeSeconds: 0, batch: 1, signal: stopping.signal }
    t.match(await sweepOrphans({ ...bench, store }, options), { deleted: 1 })
    t.equal((await bench.keysInStore()).length, 3)
  })
})
