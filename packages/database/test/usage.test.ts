import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import {
  createPendingImage,
  type Database,
  findUsageDrift,
  findUser,
  markDeleting,
  mendUsage,
  reserveUpload,
  type User,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeUser, newImage, openMigrated } from './fixtures.ts'

const database = await openMigrated(t, { maxConnections: 20 })

const falsify = ({ db }: Database, owner: User, { bytes, images }: { bytes: number; images: number }) =>
  db.execute(sql`
    UPDATE users SET used_bytes = used_bytes + ${bytes}, used_images = used_images + ${images}
    WHERE id = ${owner.id}`)

async function reserve(owner: User, bytes: number) {
  const file = { title: '', filename: 'a.jpg', contentType: 'image/jpeg', sha256: null }
  const upload = { id: uuidv7(), ownerId: owner.id, bytes, ...file }
  t.match(await reserveUpload(database, upload, { lifeSeconds: 60, maxOpen: 9 }), { outcome: 'reserved' })
}

t.test('what is kept of a usage and what it is', async (t) => {
  const [right, wrong, empty] = [await makeUser(database), await makeUser(database), await makeUser(database)]
  for (const owner of [right, wrong]) {
    await makeImage(database, owner, { bytes: 100 })
    await markDeleting(database, owner.id, (await makeImage(database, owner, { bytes: 10 })).id)
    await reserve(owner, 1000)
  }
  const drift = async () => (await findUsageDrift(database, { after: undefined, limit: 9 })).drifted
  t.strictSame(await drift(), [], 'reservations count, and what is being deleted does not')
  await falsify(database, wrong, { bytes: 5, images: 2 })
  await falsify(database, empty, { bytes: 0, images: 1 })
  t.strictSame(await drift(), [wrong.id, empty.id])

  const before = { bytes: 1105, images: 4 }
  t.strictSame(await mendUsage(database, wrong.id), { before, after: { bytes: 1100, images: 2 } })
  t.equal(await mendUsage(database, right.id), undefined)
  t.equal(await mendUsage(database, uuidv7()), undefined, 'of nobody')
  t.match(await findUser(database, wrong.id), { usedBytes: 1100, usedImages: 2 })
  t.strictSame(await drift(), [empty.id])
})

t.test('page by page, with no more pictures in one than can be added up', async (t) => {
  const all = await database.db.execute<{ id: string }>(sql`SELECT id FROM users ORDER BY id`)
  const [first, second] = all.map(({ id }) => id)
  t.match(await findUsageDrift(database, { after: undefined, limit: 2 }), { last: second })
  await database.db.execute(sql`UPDATE users SET used_images = 300000 WHERE id = ${first}`)
  t.strictSame(await findUsageDrift(database, { after: undefined, limit: 2 }), {
    last: first,
    drifted: [first],
  })
  t.match(await findUsageDrift(database, { after: first, limit: 1 }), { last: second })
  t.strictSame(await findUsageDrift(database, { after: all.at(-1)?.id, limit: 2 }), {
    last: undefined,
    drifted: [],
  })
})

t.test('mended while pictures come and go', async (t) => {
  const owner = await makeUser(database)
  const kept = await Promise.all(Array.from({ length: 10 }, () => makeImage(database, owner)))
  for (let round = 0; round < 5; round += 1) {
    await falsify(database, owner, { bytes: 7, images: 1 })
    await Promise.all([
      ...Array.from({ length: 10 }, () => createPendingImage(database, newImage(owner, { bytes: 100 }))),
      ...kept.splice(0, 2).map(({ id }) => markDeleting(database, owner.id, id)),
      ...Array.from({ length: 4 }, () => mendUsage(database, owner.id)),
    ])
    t.equal(await mendUsage(database, owner.id), undefined)
  }
  t.match(await findUser(database, owner.id), { usedBytes: 5000, usedImages: 50 })
})
