import {
  createUser,
  deleteUser,
  findCredentials,
  findDefaultTier,
  findUser,
  markDeleting,
} from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { verifyPassword } from '@tintype/service-kit'
import t from 'tap'
import { sweepDemo } from '../../src/upkeep/demo-sweep.ts'
import { removeDeletedUser, sweepDeletedUsers } from '../../src/upkeep/remove-user.ts'
import { type Bench, openBench } from '../bench.ts'
import { addDerived, BYTES, log } from './sweeping.ts'

const BY = { id: uuidv7(), name: 'root', address: '192.0.2.1', requestId: 'r' }

/** A picture with a rendition, of the bench's owner unless told. */
async function addOwned(bench: Bench, ownerId = bench.ownerId): Promise<string> {
  const { id } = await addDerived(bench)
  if (ownerId !== bench.ownerId) {
    const { length } = BYTES
    await bench.query(`UPDATE images SET owner_id = '${ownerId}' WHERE id = '${id}'`)
    await bench.query(
      `UPDATE users SET used_bytes = used_bytes - ${length}, used_images = used_images - 1 WHERE id = '${bench.ownerId}'`,
    )
    await bench.query(
      `UPDATE users SET used_bytes = used_bytes + ${length}, used_images = used_images + 1 WHERE id = '${ownerId}'`,
    )
  }
  return id
}

async function addUser(bench: Bench, username: string): Promise<string> {
  const { id: tierId } = await findDefaultTier(bench.database)
  const made = await createUser(bench.database, { username, passwordHash: 'none', role: 'user', tierId })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  return made.user.id
}

t.test('of a deleted user nothing is left, in rows or in the store, and of others all', async (t) => {
  const bench = await openBench(t)
  const other = await addUser(bench, 'other')
  const kept = await addOwned(bench, other)
  for (let count = 0; count < 5; count += 1) await addOwned(bench)
  const begun = await addOwned(bench)
  await markDeleting(bench.database, bench.ownerId, begun)

  const turn = () => removeDeletedUser(bench, bench.ownerId, { batch: 2 })
  const remove = async () => {
    const outcomes = [await turn()]
    while (outcomes.at(-1) === 'paused') outcomes.push(await turn())
    return outcomes
  }
  await remove()
  t.equal((await bench.keysInStore()).length, 14, 'who is not deleted is left alone')

  await deleteUser(bench.database, bench.ownerId, BY)
  const enqueued: string[] = []
  const producer = { enqueueUserDeletion: async (id: string) => void enqueued.push(id) }
  t.same(await sweepDeletedUsers({ ...bench, producer }, { batch: 9 }), { enqueued: 1 })
  t.same(enqueued, [bench.ownerId])

  t.same(await remove(), ['paused', 'paused', 'ended'], 'a batch at a time')
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.same(
    await bench.query(
      'SELECT id FROM images WHERE id <> all (SELECT id FROM images WHERE state = $$deleting$$)',
    ),
    [{ id: kept }],
  )
  t.equal(
    (await bench.query(`SELECT id FROM users WHERE id = '${bench.ownerId}'`)).length,
    1,
    'one is on its way',
  )
  await bench.store.deletePrefix(`renditions/${begun}/`)
  await bench.store.delete(`originals/${begun}`)
  await bench.query(`DELETE FROM images WHERE id = '${begun}'`)
  await remove()
  t.same(await bench.query('SELECT id FROM users'), [{ id: other }])
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.match(await findUser(bench.database, other), { usedImages: 1, usedBytes: BYTES.length })
  await remove()
})

t.test('a store that fails in the middle: gone on with at the next turn', async (t) => {
  const bench = await openBench(t)
  for (let count = 0; count < 4; count += 1) await addOwned(bench)
  await deleteUser(bench.database, bench.ownerId, BY)
  let calls = 0
  const store = {
    ...bench.store,
    delete: async (key: string) => {
      calls += 1
      if (calls === 2) throw new Error('a broken object')
      return bench.store.delete(key)
    },
  }
  await t.rejects(removeDeletedUser({ database: bench.database, store }, bench.ownerId, { batch: 5 }), {
    message: '1 could not be deleted',
  })
  t.equal((await bench.inState('deleting')).length, 1, 'which is the deletion sweep’s')
  t.equal((await bench.query('SELECT id FROM images')).length, 1, 'it held up no other')
  t.equal((await bench.query('SELECT id FROM users')).length, 1)
})

t.test('the demo account', async (t) => {
  const bench = await openBench(t)
  const demoAccount = { username: 'demo', password: 'demo' }
  const sweep = (account?: typeof demoAccount) =>
    sweepDemo({ ...bench, log, demoAccount: account }, { batch: 2 })

  t.test('is none unless configured', async (t) => {
    t.same(await sweep(), { removed: 0 })
    t.equal(await findCredentials(bench.database, 'demo'), undefined)
  })

  t.test('is made, and later put back', async (t) => {
    t.same(await sweep(demoAccount), { removed: 0 })
    const made = await findCredentials(bench.database, 'demo')
    t.equal(await verifyPassword('demo', made?.passwordHash), true)
    for (let count = 0; count < 3; count += 1) await addOwned(bench, made?.user.id ?? '')
    const kept = await addOwned(bench)
    await bench.query(`UPDATE users SET password_hash = 'changed' WHERE username = 'demo'`)
    t.same(await sweep(demoAccount), { removed: 3 })
    const again = await findCredentials(bench.database, 'demo')
    t.equal(await verifyPassword('demo', again?.passwordHash), true)
    t.match(again?.user, { id: made?.user.id, usedImages: 0, usedBytes: 0 })
    t.same(await bench.query('SELECT id FROM images'), [{ id: kept }])
    t.same(await bench.keysInStore(), await bench.keysInRows())
  })

  t.test('is never somebody who was there', async (t) => {
    const images = await bench.query('SELECT id FROM images')
    t.same(await sweep({ username: 'OWNER', password: 'demo' }), { removed: 0 })
    t.same(await bench.query('SELECT id FROM images'), images)
    t.match(await findCredentials(bench.database, 'owner'), { passwordHash: 'none' })
  })
})
