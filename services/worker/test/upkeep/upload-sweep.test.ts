import { completeUpload, findUser, reserveUpload, type User } from '@tintype/database'
import { originalKey, stagingKey, stagingPieceKey, uuidv7 } from '@tintype/domain'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import t from 'tap'
import { sweepOrphans } from '../../src/upkeep/orphan-sweep.ts'
import { sweepUploads } from '../../src/upkeep/upload-sweep.ts'
import { openBench } from '../bench.ts'
import { BYTES, PUT } from './sweeping.ts'

t.test('direct uploads', async (t) => {
  const bench = await openBench(t)
  const usage = async () => (await findUser(bench.database, bench.ownerId)) as User
  async function announce(expiresIn: string, { staged = true } = {}): Promise<string> {
    const id = uuidv7()
    const fields = { filename: 'a.jpg', title: '', contentType: 'image/jpeg', bytes: 100, sha256: null }
    const options = { lifeSeconds: 60, maxOpen: 100 }
    await reserveUpload(bench.database, { id, ownerId: bench.ownerId, ...fields }, options)
    await bench.query(
      `UPDATE direct_uploads SET expires_at = now() + interval '${expiresIn}' WHERE id = '${id}'`,
    )
    if (staged) await bench.store.put(stagingKey(id), BYTES, PUT)
    return id
  }
  async function complete(id: string): Promise<string> {
    const imageId = uuidv7()
    await bench.store.put(originalKey(imageId), BYTES, PUT)
    const image = { id: imageId, ownerId: bench.ownerId, title: '', filename: 'a.jpg', sha256: 'x' }
    const picture = { format: 'jpeg', width: 1, height: 1, bytes: 100 } as const
    const outcome = await completeUpload(bench.database, id, { ...image, ...picture })
    t.equal(outcome.outcome, 'completed')
    return imageId
  }

  const open = await announce('1 hour')
  const late = [
    await announce('0 s'),
    await announce('-1 hour'),
    await announce('-2 days', { staged: false }),
  ]
  const done = await announce('1 hour')
  const doneLongAgo = await announce('1 hour')
  // Each died after its commit, before what was staged went.
  const images = [await complete(done), await complete(doneLongAgo)]
  await bench.query(
    `UPDATE direct_uploads SET expires_at = now() - interval '2 days' WHERE id = '${doneLongAgo}'`,
  )
  await bench.query(`UPDATE direct_uploads SET expires_at = now() - interval '1 hour' WHERE id = '${done}'`)
  // Died after its copy: an original without a row.
  await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
  t.match(await usage(), { usedImages: 6, usedBytes: 600 })

  t.test('end after their time, and give back what they reserved', async (t) => {
    t.same(await sweepUploads(bench, { batch: 2 }), { ended: late.length + 1 })
    t.match(await usage(), { usedImages: 3, usedBytes: 300 })
    const left = await bench.query<{ id: string }>('SELECT id FROM direct_uploads ORDER BY id')
    t.same(
      left.map(({ id }) => id),
      [open, done].toSorted(),
      'one that became a picture is known for a day longer',
    )
    t.same(await sweepUploads(bench, { batch: 2 }), { ended: 0 })
    t.same(
      await completeUpload(bench.database, late[0] ?? '', {
        ...{ id: uuidv7(), ownerId: bench.ownerId, title: '', filename: '', sha256: '' },
        ...{ format: 'jpeg', width: 1, height: 1, bytes: 100 },
      }),
      { outcome: 'over' },
    )
  })

  t.test('leave nothing that an orphan sweep does not find', async (t) => {
    await bench.store.put(stagingKey(uuidv7()), BYTES, PUT)
    t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { deleted: 3 })
    t.same(await bench.keysInStore(), [...images.map(originalKey), stagingKey(open)].sort())
  })

  t.test('that came in pieces end with them, and not before', async (t) => {
    const pieced = await announce('1 hour', { staged: false })
    await bench.query(`UPDATE direct_uploads SET received_bytes = 30 WHERE id = '${pieced}'`)
    const pieces = [uuidv7(), uuidv7()].map((name) => stagingPieceKey(pieced, name))
    for (const key of pieces) await bench.store.put(key, BYTES, PUT)
    await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 })
    for (const key of pieces) t.ok(await bench.store.head(key), 'it is still open')
    await bench.query(`UPDATE direct_uploads SET expires_at = now() WHERE id = '${pieced}'`)
    t.same(await sweepUploads(bench, { batch: 2 }), { ended: 1 })
    for (const key of pieces) t.notOk(await bench.store.head(key))
    // By a gateway that did not know yet.
    const late = stagingPieceKey(pieced, uuidv7())
    await bench.store.put(late, BYTES, PUT)
    t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { deleted: 1 })
  })

  t.test('of which one cannot be deleted end all the same', async (t) => {
    await announce('0 s')
    const second = await announce('0 s')
    const store: ObjectStore = {
      ...bench.store,
      deletePrefix: (prefix) =>
        prefix === stagingKey(second)
          ? bench.store.deletePrefix(prefix)
          : Promise.reject(new StoreUnavailable('delete', undefined)),
    }
    await t.rejects(sweepUploads({ ...bench, store }, { batch: 10 }), { message: /1 could not/ })
    t.match(await usage(), { usedImages: 3, usedBytes: 300 })
    t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { deleted: 1 })
  })
})
