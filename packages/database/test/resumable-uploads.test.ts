import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import {
  addUploadPieces,
  completeUpload,
  findDirectUpload,
  findOpenUpload,
  findResumableUpload,
  findUser,
  listUploadPieces,
  releaseExpiredUploads,
  releaseUpload,
  reserveUpload,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeTier, makeUser, newImage, openMigrated } from './fixtures.ts'

t.test('uploads that come in pieces', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database, { tier: await makeTier(database, { quotaBytes: 1000 }) })
  const usage = async () => (await findUser(database, owner.id))?.usedBytes

  async function reserve(): Promise<string> {
    const id = uuidv7()
    const described = { title: '', filename: 'a.jpg', contentType: 'image/jpeg', sha256: null }
    const reserved = await reserveUpload(
      database,
      { id, ownerId: owner.id, bytes: 100, ...described, resumable: { metadata: 'filename YQ==' } },
      { lifeSeconds: 60, maxOpen: 100 },
    )
    t.equal(reserved.outcome, 'reserved')
    return id
  }
  const find = (id: string) => findResumableUpload(database, owner.id, id)
  const piece = (bytes: number) => ({ name: uuidv7(), bytes })
  const add = (id: string, from: number, pieces: { name: string; bytes: number }[]) =>
    addUploadPieces(database, id, { from, pieces, lifeSeconds: 3600 })

  t.test('grow by what follows what is there', async (t) => {
    const id = await reserve()
    const made = { receivedBytes: 0, pieces: 0, metadata: 'filename YQ==', imageId: null, isExpired: false }
    t.match(await find(id), made)
    const [one, two, three] = [piece(30), piece(20), piece(50)]
    const expiresAt = await add(id, 0, [one])
    t.match(await find(id), { receivedBytes: 30, pieces: 1, expiresAt }, 'and have more time')
    t.ok(await add(id, 30, [two, three]), 'several at once')
    t.match(await find(id), { receivedBytes: 100, pieces: 3 })
    t.strictSame(await listUploadPieces(database, id), [one, two, three])
    t.equal(await usage(), 100)
  })

  t.test('do not grow otherwise', async (t) => {
    const id = await reserve()
    await add(id, 0, [piece(30)])
    t.equal(await add(id, 0, [piece(40)]), undefined, 'behind')
    t.equal(await add(id, 40, [piece(10)]), undefined, 'ahead')
    t.equal(await add(id, 30, [piece(71)]), undefined, 'past the end')
    const race = await Promise.all(Array.from({ length: 5 }, () => add(id, 30, [piece(10)])))
    t.equal(race.filter((at) => at !== undefined).length, 1, 'one of several at once')
    t.match(await find(id), { receivedBytes: 40, pieces: 2 })
    await database.db.execute(sql`UPDATE direct_uploads SET expires_at = now() WHERE id = ${id}`)
    t.equal(await add(id, 40, [piece(10)]), undefined, 'too late')
    t.strictSame(await releaseExpiredUploads(database, 10), [id])
    t.equal(await add(id, 40, [piece(10)]), undefined, 'gone')
    t.strictSame(await listUploadPieces(database, id), [])
  })

  t.test('are no direct uploads', async (t) => {
    const id = await reserve()
    t.equal(await findDirectUpload(database, owner.id, id), undefined)
    t.equal(await findOpenUpload(database, id), undefined)
    t.equal(await findResumableUpload(database, (await makeUser(database)).id, id), undefined)
    t.equal(await releaseUpload(database, { id, ownerId: owner.id, way: 'direct' }), false)
    const before = (await usage()) ?? 0
    t.equal(await releaseUpload(database, { id, ownerId: owner.id, way: 'resumable' }), true)
    t.equal(await usage(), before - 100)
  })

  t.test('become one image', async (t) => {
    const id = await reserve()
    await add(id, 0, [piece(100)])
    const image = newImage(owner, { bytes: 100 })
    t.match(await completeUpload(database, id, image), { outcome: 'completed' })
    t.match(await completeUpload(database, id, newImage(owner)), { outcome: 'over' })
    t.match(await find(id), { imageId: image.id })
    t.equal(await add(id, 100, [piece(1)]), undefined)
  })
})
