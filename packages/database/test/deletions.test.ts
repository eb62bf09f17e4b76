import t from 'tap'
import { findUser, finishDeletion, isDeleting, markDeleting, requestRendition } from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeUser, openMigrated } from './fixtures.ts'

t.test('deletions', async (t) => {
  const database = await openMigrated(t)
  const countRows = async (id: string) => {
    const [row] = await database.db.execute(sql`
      SELECT (SELECT count(*)::integer FROM images WHERE id = ${id}) AS images,
        (SELECT count(*)::integer FROM renditions WHERE image_id = ${id}) AS renditions,
        (SELECT count(*)::integer FROM links WHERE image_id = ${id}) AS links`)
    return { ...row }
  }

  t.test('marking gives the usage back and ends the links at once', async (t) => {
    const owner = await makeUser(database)
    await makeImage(database, owner, { bytes: 5 })
    const { id } = await makeImage(database, owner, { bytes: 7 })
    t.equal(await isDeleting(database, id), false)
    t.equal(await markDeleting(database, owner.id, id), true)
    t.equal(await isDeleting(database, id), true)
    t.match(await findUser(database, owner.id), { usedBytes: 5, usedImages: 1 })
    const [row] = await database.db.execute(sql`SELECT link_epoch FROM images WHERE id = ${id}`)
    t.strictSame(row, { link_epoch: 1 })
  })

  t.test('marked many times at once, the usage is given back once', async (t) => {
    const owner = await makeUser(database)
    await makeImage(database, owner, { bytes: 5 })
    for (let round = 0; round < 5; round += 1) {
      const { id } = await makeImage(database, owner, { bytes: 7 })
      const marked = await Promise.all([1, 2, 3, 4].map(() => markDeleting(database, owner.id, id)))
      t.strictSame(marked.toSorted(), [false, false, false, true])
      t.equal(await markDeleting(database, owner.id, id), false)
      t.match(await findUser(database, owner.id), { usedBytes: 5, usedImages: 1 })
    }
  })

  t.test('somebody else’s image does not exist', async (t) => {
    const owner = await makeUser(database)
    const other = await makeUser(database)
    const { id } = await makeImage(database, owner)
    t.equal(await markDeleting(database, other.id, id), false)
    t.equal(await isDeleting(database, id), false)
    t.match(await findUser(database, owner.id), { usedImages: 1 })
  })

  t.test('finishing removes the row with all that hangs on it, of marked images alone', async (t) => {
    const owner = await makeUser(database)
    const { id } = await makeImage(database, owner)
    await requestRendition(database, id, 'h200')
    await database.db.execute(sql`
      INSERT INTO links (id, image_id, target, expires_at, image_epoch, owner_epoch)
      VALUES (gen_random_uuid(), ${id}, 'original', now() + interval '1 hour', 0, 0)`)
    await finishDeletion(database, id)
    t.strictSame(await countRows(id), { images: 1, renditions: 1, links: 1 })
    await markDeleting(database, owner.id, id)
    await finishDeletion(database, id)
    t.strictSame(await countRows(id), { images: 0, renditions: 0, links: 0 })
    await finishDeletion(database, id)
    t.equal(await isDeleting(database, id), false)
    t.match(await findUser(database, owner.id), { usedBytes: 0, usedImages: 0 })
  })
})
