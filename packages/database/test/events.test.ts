import { startTestPostgres } from '@tintype/testkit'
import t from 'tap'
import {
  type Database,
  type EventPosition,
  failDerivation,
  findEventPosition,
  forgetOldEvents,
  listEvents,
  markDeleting,
  publishConversions,
  publishRenditions,
  type RecordedEvent,
  renameImage,
  retryImages,
  transferImage,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { BY, makeImage, makeUser, newImage, openMigrated } from './fixtures.ts'

/** Of its own: a transaction in any database of a server keeps back what comes after it. */
const { url: server } = await startTestPostgres(t)

const SIZE = { width: 1, height: 1, thumbhash: '' }

function fileOf(imageId: string, name: 'h200' | 'full.png') {
  return { name, key: `renditions/${imageId}/${name}`, format: 'png' as const, width: 1, height: 1, bytes: 1 }
}

/** All there is after a place, in pages. */
async function readOn(database: Database, from: EventPosition, ownerIds?: string[], limit = 100) {
  const events: RecordedEvent[] = []
  for (let after = from; ; ) {
    const page = await listEvents(database, { after, ownerIds, limit })
    events.push(...page.events)
    after = page.next
    if (!page.isFull) return { ...page, all: events }
  }
}

t.test('what happens to an image is told in order, to its owner', async (t) => {
  const database = await openMigrated(t, { server })
  const [owner, other] = [await makeUser(database), await makeUser(database)]
  const start = await findEventPosition(database)
  const { id } = await makeImage(database, owner)
  await failDerivation(database, id, 'TT_IMAGE_CORRUPT', [])
  await retryImages(database, { ids: [id] }, BY)
  await publishRenditions(database, id, { ...SIZE, files: [fileOf(id, 'h200')] })
  await publishRenditions(database, id, { ...SIZE, files: [] })
  await publishRenditions(database, id, { ...SIZE, files: [{ ...fileOf(id, 'h200'), key: 'another' }] })
  await publishConversions(database, id, 'conversions', { files: [fileOf(id, 'full.png')] })
  await failDerivation(database, id, 'TT_DECODER_CRASHED', ['full.avif'])
  await renameImage(database, { ownerId: owner.id, id }, { title: 'Another' })
  await renameImage(database, { ownerId: owner.id, id }, { title: 'Another' })
  await renameImage(database, { ownerId: owner.id, id }, { filename: 'another.jpg' })
  await transferImage(database, id, other.id, BY)
  await markDeleting(database, other.id, id)

  const told = async (userId: string) =>
    (await readOn(database, start, [userId])).all.map(({ type, detail, imageId, ownerId }) => {
      t.strictSame({ imageId, ownerId }, { imageId: id, ownerId: userId })
      return [type, detail.state, detail.code].filter((part) => part !== undefined).join(' ')
    })
  t.strictSame(await told(owner.id), [
    'image.created pending',
    'image.failed failed TT_IMAGE_CORRUPT',
    'image.retried pending',
    'image.ready ready',
    ...Array.from({ length: 5 }, () => 'image.changed ready'),
    'image.deleted',
  ])
  t.strictSame(await told(other.id), ['image.created ready', 'image.deleted'])
  const everybodys = await readOn(database, start)
  t.equal(everybodys.all.length, 12)
  const [first] = everybodys.all
  t.ok(Math.abs(Date.now() - (first?.at.getTime() ?? 0)) < 3_600_000, 'the time is read as one')
})

t.test('an event that is committed late is not missed', async (t) => {
  const database = await openMigrated(t, { server })
  const owner = await makeUser(database)
  const start = await findEventPosition(database)
  const [late, early] = [newImage(owner), newImage(owner)]
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const older = database.db.transaction(async (tx) => {
    await tx.execute(sql`
      INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes)
      VALUES (${late.id}, ${owner.id}, '', '', '', 'jpeg', 1, 1, 1)`)
    begun.resolve()
    await release.promise
  })
  await begun.promise
  await makeImage(database, owner, early)
  const before = await listEvents(database, { after: start, ownerIds: [owner.id], limit: 10 })
  t.match(before, { events: { length: 0 }, isHeldBack: true }, 'the one behind it waits for it')
  const elsewhere = await listEvents(database, { after: start, ownerIds: [late.id], limit: 10 })
  t.match(elsewhere, { events: { length: 0 }, isHeldBack: false }, 'for those whom it is about')
  release.resolve()
  await older
  const after = await listEvents(database, { after: before.next, ownerIds: [owner.id], limit: 10 })
  t.strictSame(
    after.events.map(({ imageId }) => imageId),
    [late.id, early.id],
  )
  t.equal(after.isHeldBack, false)
  const none = await listEvents(database, { after: after.next, limit: 10 })
  t.strictSame(none.events, [], 'and none comes twice')
})

t.test('pages of any size give each event once', async (t) => {
  const database = await openMigrated(t, { server })
  const [owner, other] = [await makeUser(database), await makeUser(database)]
  const start = await findEventPosition(database)
  const ids: string[] = []
  for (let n = 0; n < 6; n++) ids.push((await makeImage(database, n % 3 === 2 ? other : owner)).id)
  // Of one transaction.
  await database.db.execute(sql`UPDATE images SET title = 'One for all'`)
  for (const limit of [1, 2, 5, 100]) {
    const both = await readOn(database, start, [owner.id, other.id], limit)
    t.strictSame(
      both.all.slice(0, 6).map(({ imageId }) => imageId),
      ids,
    )
    t.equal(new Set(both.all.map(({ id }) => id)).size, 12)
    t.equal(both.all.length, 12)
    t.equal((await readOn(database, start, [owner.id], limit)).all.length, 8)
  }
})

t.test('what was forgotten is not taken for nothing', async (t) => {
  const database = await openMigrated(t, { server })
  const owner = await makeUser(database)
  const start = await findEventPosition(database)
  t.equal((await listEvents(database, { after: start, limit: 10 })).isBroken, false)
  for (let n = 0; n < 5; n++) await makeImage(database, owner)
  t.equal(await forgetOldEvents(database, { days: 7, limit: 10 }), 0, 'none is old')
  await database.db.execute(sql`
    UPDATE events SET at = now() - interval '8 days'
    WHERE id IN (SELECT id FROM events ORDER BY transaction, id LIMIT 3)`)
  t.equal(await forgetOldEvents(database, { days: 7, limit: 2 }), 2)
  const { events, isBroken } = await listEvents(database, { after: start, limit: 10 })
  t.match({ count: events.length, isBroken }, { count: 0, isBroken: true })
  t.equal(await forgetOldEvents(database, { days: 7, limit: 2 }), 1)
  t.equal(await forgetOldEvents(database, { days: 7, limit: 2 }), 0)
  const kept = await database.db.execute<{ transaction: string; id: string }>(
    sql`SELECT transaction::text, id FROM events ORDER BY events.transaction`,
  )
  const [first] = kept
  const inside = { transaction: BigInt(first?.transaction ?? 0), id: Number(first?.id) }
  const rest = await listEvents(database, { after: inside, limit: 10 })
  t.match({ count: rest.events.length, isBroken: rest.isBroken }, { count: 1, isBroken: false })
})

t.test('a place of another server’s history is none of this one', async (t) => {
  const database = await openMigrated(t, { server })
  const owner = await makeUser(database)
  const ahead = { transaction: (await findEventPosition(database)).transaction + 1_000_000n, id: 3 }
  t.match(await listEvents(database, { after: ahead, limit: 10 }), { events: { length: 0 }, isBroken: true })
  // As a dump that is restored elsewhere brings them.
  await makeImage(database, owner)
  await database.db.execute(sql`UPDATE events SET transaction = ${String(ahead.transaction)}::xid8`)
  await database.db.execute(
    sql`UPDATE installation SET events_forgotten_to = ${String(ahead.transaction)}::xid8`,
  )
  const before = await listEvents(database, { after: await findEventPosition(database), limit: 10 })
  t.match({ count: before.events.length, isBroken: before.isBroken }, { count: 0, isBroken: false })
  t.equal(await forgetOldEvents(database, { days: 7, limit: 10 }), 1)
  const now = await findEventPosition(database)
  await makeImage(database, owner)
  const page = await listEvents(database, { after: now, limit: 10 })
  t.match({ count: page.events.length, isBroken: page.isBroken }, { count: 1, isBroken: false })
})
