import { uuidv7 } from '@tintype/domain'
import t, { type Test } from 'tap'
import {
  createLink,
  type Database,
  failDerivation,
  findAnyImage,
  findLiveLink,
  findUser,
  getStatistics,
  listAllImages,
  listAllLiveLinks,
  listAudit,
  listUsers,
  markAnyDeleting,
  markDeleting,
  publishRenditions,
  retryImages,
  revokeAnyLink,
  startDerivation,
  transferImage,
  updateUser,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { BY, makeImage, makeTier, makeUser, openMigrated, uniqueName } from './fixtures.ts'

const NOBODY = '00000000-0000-7000-8000-000000000000'
const EMPTY = { width: 1, height: 1, thumbhash: '', files: [] }

async function link(database: Database, ownerId: string, imageId: string): Promise<string> {
  const made = await createLink(database, {
    id: uuidv7(),
    ownerId,
    imageId,
    target: 'h200',
    expiresInSeconds: 60,
  })
  if (made === undefined) throw new Error('no link')
  return made.id
}

async function usage(database: Database, ...ids: string[]): Promise<[number, number][]> {
  const users = await Promise.all(ids.map((id) => findUser(database, id)))
  return users.map((user) => [user?.usedBytes ?? -1, user?.usedImages ?? -1])
}

t.test('users are searched and paged', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database)
  const names = ['ann', 'bea_1', 'Cleo'].map(uniqueName)
  const users = []
  for (const username of names) users.push(await makeUser(database, { username, tier }))
  const [ann, bea, cleo] = users
  await updateUser(database, bea?.id ?? '', { email: 'ANN@example.com', role: 'auditor', disabled: true })
  const find = async (query: object) =>
    (await listUsers(database, { limit: 9, ...query })).map(({ id }) => id)
  t.strictSame(await find({}), [cleo?.id, bea?.id, ann?.id])
  t.strictSame(await find({ text: 'ann' }), [bea?.id, ann?.id], 'in name or address')
  t.strictSame(await find({ text: '_' }), [bea?.id], 'no pattern')
  t.strictSame(await find({ role: 'auditor' }), [bea?.id])
  t.strictSame(await find({ disabled: false, tierId: tier.id }), [cleo?.id, ann?.id])
  t.strictSame(await find({ tierId: NOBODY }), [])
  t.strictSame(await find({ limit: 1, after: cleo?.id }), [bea?.id])
})

t.test('everybody’s images', async (t) => {
  const database = await openMigrated(t)
  const [ann, bea] = [await makeUser(database), await makeUser(database)]
  const first = await makeImage(database, ann, { title: 'First 100%' })
  const second = await makeImage(database, bea, { filename: 'second.png' })
  await failDerivation(database, second.id, 'TT_IMAGE_CORRUPT', [])
  const find = async (query: object) =>
    (await listAllImages(database, { limit: 9, ...query })).map(({ id }) => id)
  // Within one millisecond ids have no order of their own.
  const [newest = '', oldest = ''] = [first.id, second.id].toSorted().reverse()
  t.strictSame(await find({}), [newest, oldest])
  t.strictSame(await find({ ownerId: ann.id }), [first.id])
  t.strictSame(await find({ state: 'failed' }), [second.id])
  t.strictSame(await find({ text: '0%' }), [first.id])
  t.strictSame(await find({ after: newest }), [oldest])
  t.match(await findAnyImage(database, second.id), {
    image: { ownerName: bea.username, failureCode: 'TT_IMAGE_CORRUPT' },
    renditions: [],
  })
  t.equal(await markAnyDeleting(database, second.id, BY), true)
  t.equal(await markAnyDeleting(database, second.id, BY), false)
  t.equal(await findAnyImage(database, second.id), undefined)
  t.strictSame(await usage(database, bea.id), [[0, 0]])
  t.match(await listAudit(database, { limit: 9 }), [
    { action: 'image.delete', subjectId: second.id, before: { owner: bea.id, filename: 'second.png' } },
  ])
})

t.test('an image is given to another owner', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database, { quotaBytes: 1500, quotaImages: 2, linkAccess: true })
  const [ann, bea] = [await makeUser(database, { tier }), await makeUser(database, { tier })]
  const image = await makeImage(database, ann)
  const linkId = await link(database, ann.id, image.id)

  t.strictSame(await transferImage(database, image.id, bea.id, BY), { outcome: 'transferred' })
  t.strictSame(await usage(database, ann.id, bea.id), [
    [0, 0],
    [1000, 1],
  ])
  t.equal(await findLiveLink(database, linkId), undefined, 'links end')
  t.match(await findAnyImage(database, image.id), { image: { ownerId: bea.id } })
  t.match(await listAudit(database, { limit: 9 }), [
    { action: 'image.transfer', subjectId: image.id, before: { owner: ann.id }, after: { owner: bea.id } },
  ])

  const another = await makeImage(database, ann)
  const kept = await link(database, ann.id, another.id)
  t.strictSame(await transferImage(database, another.id, bea.id, BY), { outcome: 'quota-exceeded' })
  t.strictSame(await usage(database, ann.id, bea.id), [
    [1000, 1],
    [1000, 1],
  ])
  t.match(await findAnyImage(database, another.id), { image: { ownerId: ann.id } })
  t.ok(await findLiveLink(database, kept), 'nothing moved, nothing ended')
  t.strictSame(
    await transferImage(database, another.id, ann.id, BY),
    { outcome: 'transferred' },
    'to themselves',
  )
  t.ok(await findLiveLink(database, kept))
  t.strictSame(await transferImage(database, another.id, NOBODY, BY), { outcome: 'unknown-owner' })
  t.strictSame(await transferImage(database, NOBODY, bea.id, BY), { outcome: 'not-found' })
  t.equal((await listAudit(database, { limit: 9 })).length, 1)
})

t.test('transfers that cross, deletions and uploads at once', async (t) => {
  const database = await openMigrated(t)
  const [ann, bea] = [await makeUser(database), await makeUser(database)]
  for (let round = 0; round < 10; round += 1) {
    const [one, two, three] = [
      await makeImage(database, ann),
      await makeImage(database, bea),
      await makeImage(database, ann),
    ]
    const outcomes = await Promise.all([
      transferImage(database, one.id, bea.id, BY),
      transferImage(database, two.id, ann.id, BY),
      transferImage(database, one.id, bea.id, BY),
      transferImage(database, three.id, bea.id, BY),
      markDeleting(database, ann.id, three.id),
      makeImage(database, ann),
      makeImage(database, bea),
    ])
    t.match(outcomes.slice(0, 3), [
      { outcome: 'transferred' },
      { outcome: 'transferred' },
      { outcome: 'transferred' },
    ])
  }
  const counted = await database.db.execute(sql`
    SELECT u.id, u.used_bytes::integer AS bytes, u.used_images AS images,
      coalesce(sum(i.bytes), 0)::integer AS "realBytes", count(i.id)::integer AS "realImages"
    FROM users u LEFT JOIN images i ON i.owner_id = u.id AND i.state <> 'deleting' GROUP BY u.id`)
  for (const row of counted) t.match(row, { bytes: row.realBytes, images: row.realImages })
})

async function failed(t: Test) {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  const [whole, part, ready] = [
    await makeImage(database, owner),
    await makeImage(database, owner),
    await makeImage(database, owner),
  ]
  for (const { id } of [part, ready]) await publishRenditions(database, id, EMPTY)
  for (let attempt = 0; attempt < 3; attempt += 1) await startDerivation(database, whole.id)
  await failDerivation(database, whole.id, 'TT_DECODER_CRASHED', [])
  await failDerivation(database, part.id, 'TT_IMAGE_CORRUPT', ['h200'])
  return { database, whole: whole.id, part: part.id, ready: ready.id }
}

const inThumbnails = (id: string) => ({ id, lanes: ['thumbnails'] })

t.test('what failed is tried again', async (t) => {
  const { database, whole, part, ready } = await failed(t)
  t.strictSame(
    await retryImages(database, { ids: [whole, part, ready, NOBODY] }, BY),
    [whole, part].toSorted().map(inThumbnails),
  )
  t.match(await findAnyImage(database, whole), {
    image: { state: 'pending', failureCode: null, failureMessage: null, attempts: 0 },
  })
  const again = await findAnyImage(database, part)
  t.match(again, { image: { state: 'ready' }, renditions: [{ name: 'h200' }] })
  t.equal(again?.renditions[0]?.failureCode, undefined)
  t.match(await startDerivation(database, whole), { outcome: 'started' })
  t.match(await startDerivation(database, part), { outcome: 'started', derivation: { wants: ['h200'] } })
  const entries = new Map((await listAudit(database, { limit: 9 })).map((entry) => [entry.subjectId, entry]))
  t.equal(entries.size, 2)
  t.match(entries.get(part), { action: 'image.retry', before: { renditions: ['h200'] } })
  t.match(entries.get(whole), { action: 'image.retry', before: { failure: 'TT_DECODER_CRASHED' } })
  t.strictSame(await retryImages(database, { ids: [whole, part] }, BY), [], 'once')
})

t.test('all that failed, so many at a time', async (t) => {
  const { database, whole, part } = await failed(t)
  const [oldest = '', newest = ''] = [whole, part].toSorted()
  t.strictSame(await retryImages(database, { limit: 1 }, BY), [inThumbnails(oldest)])
  t.strictSame(await retryImages(database, { limit: 9 }, BY), [inThumbnails(newest)])
  t.strictSame(await retryImages(database, { limit: 9 }, BY), [])
})

t.test('everybody’s live links', async (t) => {
  const database = await openMigrated(t)
  const [ann, bea] = [await makeUser(database), await makeUser(database)]
  const [one, two] = [await makeImage(database, ann), await makeImage(database, bea)]
  const [first, second] = [await link(database, ann.id, one.id), await link(database, bea.id, two.id)]
  const find = async (query: object) =>
    (await listAllLiveLinks(database, { limit: 9, ...query })).map(({ id }) => id)
  const [newest = '', oldest = ''] = [first, second].toSorted().reverse()
  t.strictSame(await find({}), [newest, oldest])
  t.strictSame(await find({ ownerId: ann.id }), [first])
  t.strictSame(await find({ imageId: two.id }), [second])
  t.strictSame(await find({ after: newest }), [oldest])
  t.equal(await revokeAnyLink(database, first, BY), true)
  t.equal(await revokeAnyLink(database, first, BY), true, 'again')
  t.equal(await revokeAnyLink(database, NOBODY, BY), false)
  t.equal(await findLiveLink(database, first), undefined)
  t.strictSame(await find({}), [second])
  t.match(await listAudit(database, { limit: 9 }), [
    { action: 'link.revoke', subjectId: first, before: { target: 'h200', title: String } },
  ])
})

t.test('statistics', async (t) => {
  const { database, part } = await failed(t)
  await makeUser(database, { role: 'admin' })
  await database.db.execute(sql`UPDATE images SET uploaded_at = now() - interval '1 hour' WHERE id = ${part}`)
  const owner = await makeUser(database)
  const pending = await makeImage(database, owner)
  await database.db.execute(
    sql`UPDATE images SET uploaded_at = now() - interval '90 s' WHERE id = ${pending.id}`,
  )
  const { oldestPendingSeconds, ...rest } = await getStatistics(database)
  t.ok(oldestPendingSeconds >= 90 && oldestPendingSeconds < 3600)
  t.strictSame(rest, {
    users: { total: 3, disabled: 0, admins: 1 },
    bytes: 4000,
    images: { pending: 1, ready: 2, failed: 1, deleting: 0 },
    failures: [{ code: 'TT_DECODER_CRASHED', images: 1 }],
    uploads: { open: 0, lastHour: 3, lastDay: 4 },
    renditions: { ready: 0, wanted: 0, failed: 1 },
    estimated: false,
  })
})
