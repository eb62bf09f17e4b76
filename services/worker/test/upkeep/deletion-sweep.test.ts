import { markDeleting } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import t from 'tap'
import { deleteImage } from '../../src/upkeep/delete-image.ts'
import { sweepDeletions } from '../../src/upkeep/deletion-sweep.ts'
import { openBench } from '../bench.ts'
import { addDerived } from './sweeping.ts'

t.test('deletions', async (t) => {
  t.test('objects go, then the row', async (t) => {
    const bench = await openBench(t)
    const other = await addDerived(bench)
    const { id } = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, id)

    t.equal(await deleteImage(bench, id), true)

    t.equal(await bench.image(id), undefined)
    t.same(await bench.keysInStore(), [originalKey(other.id), other.key].sort())
    t.same(await bench.keysInRows(), await bench.keysInStore())
    t.equal(await deleteImage(bench, id), false, 'run twice it finds nothing')
    t.equal(await deleteImage(bench, other.id), false, 'an image that is not deleted is not touched')
    t.same(await bench.keysInStore(), [originalKey(other.id), other.key].sort())
  })

  t.test('died half way: the sweep finishes it', async (t) => {
    const bench = await openBench(t)
    const kept = await addDerived(bench)
    const dying = await Promise.all(Array.from({ length: 5 }, () => addDerived(bench)))
    for (const { id } of dying) await markDeleting(bench.database, bench.ownerId, id)
    // As a worker leaves them that dies after the original, after all objects, and before anything.
    await bench.store.delete(originalKey(dying[0]?.id ?? ''))
    await bench.store.delete(originalKey(dying[1]?.id ?? ''))
    await bench.store.delete(dying[1]?.key ?? '')

    t.same(
      await sweepDeletions(bench, { idleSeconds: 60, batch: 2 }),
      { deleted: 0 },
      'their jobs may be at it',
    )
    t.same(await sweepDeletions(bench, { idleSeconds: 0, batch: 2 }), { deleted: 5 })

    t.same(await bench.keysInStore(), [originalKey(kept.id), kept.key].sort())
    t.same(await bench.keysInRows(), await bench.keysInStore())
  })

  t.test('a store that is away leaves the row for the next sweep', async (t) => {
    const bench = await openBench(t)
    const { id } = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, id)
    const away: ObjectStore = {
      ...bench.store,
      deletePrefix: () => Promise.reject(new StoreUnavailable('delete', new Error('away'))),
    }
    await t.rejects(sweepDeletions({ ...bench, store: away }, { idleSeconds: 0, batch: 9 }), {
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }],
    })
    t.match(await bench.image(id), { state: 'deleting' })
    t.same(await sweepDeletions(bench, { idleSeconds: 0, batch: 9 }), { deleted: 1 })
    t.same(await bench.keysInStore(), [])
  })
})

t.test('deletions of which some cannot be finished', async (t) => {
  t.test('the others are', async (t) => {
    const bench = await openBench(t)
    const dying = await Promise.all(Array.from({ length: 5 }, () => addDerived(bench)))
    for (const { id } of dying) await markDeleting(bench.database, bench.ownerId, id)
    const stuck = dying.slice(0, 3).map(({ id }) => id)
    for (const id of stuck) {
      await bench.query(`UPDATE images SET progress_at = now() - interval '1 hour' WHERE id = '${id}'`)
    }
    let tries = 0
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        if (stuck.some((id) => key === originalKey(id))) {
          tries += 1
          throw new StoreUnavailable('delete', new Error('locked'))
        }
        await bench.store.delete(key)
      },
    }
    await t.rejects(sweepDeletions({ ...bench, store }, { idleSeconds: 0, batch: 2 }), {
      message: /3/,
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }, {}, {}],
    })
    t.equal(tries, 3, 'each is tried once a sweep')
    t.same(await bench.inState('deleting'), stuck.toSorted())
    const first = await bench.query(`SELECT id FROM images WHERE progress_at < now() - interval '1 minute'`)
    t.same(first, [], 'they come last in the next one')
  })

  t.test('a store that is away as a whole ends the sweep', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 3; count += 1) {
      const { id } = await addDerived(bench)
      await markDeleting(bench.database, bench.ownerId, id)
    }
    let tries = 0
    const away = async () => {
      tries += 1
      throw new StoreUnavailable('delete', new Error('away'))
    }
    const store: ObjectStore = { ...bench.store, delete: away, ping: away }
    await t.rejects(sweepDeletions({ ...bench, store }, { idleSeconds: 0, batch: 9 }), {
      code: 'TT_STORE_UNAVAILABLE',
    })
    t.equal(tries, 2, 'one deletion and one ping')
  })
})
