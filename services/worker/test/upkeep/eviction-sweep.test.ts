import { findOrphanKeys } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import t from 'tap'
import { sweepEvictions } from '../../src/upkeep/eviction-sweep.ts'
import { type Bench, openBench } from '../bench.ts'
import { addDerived } from './sweeping.ts'

t.test('evictions', async (t) => {
  const unread = (bench: Bench) =>
    bench.query(`UPDATE renditions SET last_read_at = now() - interval '8 days'`)

  t.test('what nobody reads goes, row and object, and nothing else', async (t) => {
    const bench = await openBench(t)
    const old = [await addDerived(bench), await addDerived(bench), await addDerived(bench)]
    await unread(bench)
    const fresh = await addDerived(bench)
    t.same(await sweepEvictions(bench, { days: 0, batch: 2 }), { evicted: 0 }, '0 is never')
    t.same(await sweepEvictions(bench, { days: 9, batch: 2 }), { evicted: 0 })
    t.same(await sweepEvictions(bench, { days: 7, batch: 2 }), { evicted: 3 })
    t.same(
      await bench.keysInStore(),
      [...old.map(({ id }) => originalKey(id)), originalKey(fresh.id), fresh.key].sort(),
    )
    t.same(await bench.keysInRows(), await bench.keysInStore())
  })

  t.test('the row goes first, and an object that stays is an orphan', async (t) => {
    const bench = await openBench(t)
    const { id, key } = await addDerived(bench)
    await unread(bench)
    const store: ObjectStore = {
      ...bench.store,
      async delete(deleted) {
        t.equal(deleted, key)
        t.same(await bench.renditions(id), [], 'no row names it any more')
        throw new StoreUnavailable('delete', new Error('locked'))
      },
    }
    await t.rejects(sweepEvictions({ ...bench, store }, { days: 7, batch: 2 }), {
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }],
    })
    t.same(await findOrphanKeys(bench.database, await bench.keysInStore()), [key])
  })

  t.test('nothing is forgotten while the store is away', async (t) => {
    const bench = await openBench(t)
    const { id } = await addDerived(bench)
    await unread(bench)
    const away = new StoreUnavailable('ping', new Error('away'))
    const store: ObjectStore = { ...bench.store, ping: () => Promise.reject(away) }
    await t.rejects(sweepEvictions({ ...bench, store }, { days: 7, batch: 2 }), away)
    t.equal((await bench.renditions(id)).length, 1)
  })
})
