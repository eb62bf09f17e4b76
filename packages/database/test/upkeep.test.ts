import { type Lane, originalKey, renditionKey, uuidv7 } from '@tintype/domain'
import t, { type Test } from 'tap'
import {
  claimStalledImages,
  type Database,
  failDerivation,
  findOrphanKeys,
  finishDeletion,
  listUnfinishedDeletions,
  markDeleting,
  postponeDeletion,
  publishRenditions,
  requestRendition,
  startDerivation,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeUser, openMigrated } from './fixtures.ts'

const SWEEP = { idleSeconds: 60, limit: 100 }
const EMPTY = { width: 1, height: 1, thumbhash: '', files: [] }

async function setUp(t: Test) {
  const database = await openMigrated(t, { statementTimeoutMs: 5000 })
  const owner = await makeUser(database)
  return { database, owner, make: () => makeImage(database, owner) }
}

async function claimIds(database: Database, options: typeof SWEEP): Promise<string[]> {
  return (await claimStalledImages(database, options)).map(({ id }) => id)
}

/** Moves an image and what was asked of it into the past. */
async function age({ db }: Database, id: string, seconds: number): Promise<void> {
  const by = sql`make_interval(secs => ${seconds})`
  await db.execute(sql`UPDATE images SET progress_at = progress_at - ${by} WHERE id = ${id}`)
  await db.execute(sql`UPDATE renditions SET requested_at = requested_at - ${by} WHERE image_id = ${id}`)
}

t.test('pending images without progress are named', async (t) => {
  const { database, make } = await setUp(t)
  const [idle, fresh, started] = [await make(), await make(), await make()]
  await age(database, idle.id, 61)
  await age(database, fresh.id, 59)
  await age(database, started.id, 61)
  await startDerivation(database, started.id)
  t.strictSame(await claimIds(database, SWEEP), [idle.id])
  t.strictSame(await claimIds(database, SWEEP), [], 'once in that time')
  await age(database, idle.id, 61)
  t.strictSame(await claimIds(database, SWEEP), [idle.id], 'and again after it')
})

t.test('ready images of which a rendition was asked for are named', async (t) => {
  const { database, make } = await setUp(t)
  const [wanted, settled, failed] = [await make(), await make(), await make()]
  for (const { id } of [wanted, settled, failed]) await publishRenditions(database, id, EMPTY)
  await requestRendition(database, wanted.id, 'h200')
  await requestRendition(database, wanted.id, 'h400')
  await failDerivation(database, failed.id, 'TT_IMAGE_CORRUPT', ['h200'])
  for (const { id } of [wanted, settled, failed]) await age(database, id, 61)
  t.strictSame(await claimIds(database, SWEEP), [wanted.id])
  t.strictSame(await claimIds(database, SWEEP), [])
})

t.test('lost work is named by its lane, as far as there is room in it', async (t) => {
  const { database, make } = await setUp(t)
  const [pending, both, avif] = [await make(), await make(), await make()]
  for (const { id } of [both, avif]) await publishRenditions(database, id, EMPTY)
  for (const name of ['h200.webp', 'full.png', 'full.jpeg'] as const) {
    await requestRendition(database, both.id, name)
  }
  await requestRendition(database, avif.id, 'full.avif')
  for (const { id } of [pending, both, avif]) await age(database, id, 61)
  const claim = async (lanes: Lane[]) => {
    const claimed = await claimStalledImages(database, { ...SWEEP, lanes })
    return Object.fromEntries(claimed.map((one) => [one.id, one.lanes.toSorted()]))
  }
  t.strictSame(await claim(['avif']), { [avif.id]: ['avif'] })
  t.strictSame(await claim(['avif', 'conversions']), { [both.id]: ['conversions'] })
  for (const { id } of [both, avif]) await age(database, id, 61)
  t.strictSame(await claim(['avif', 'conversions', 'thumbnails']), {
    [pending.id]: ['thumbnails'],
    [both.id]: ['conversions', 'thumbnails'],
    [avif.id]: ['avif'],
  })
})

t.test('images that have failed or are being deleted are not named', async (t) => {
  const { database, owner, make } = await setUp(t)
  const [failed, deleting] = [await make(), await make()]
  await failDerivation(database, failed.id, 'TT_IMAGE_CORRUPT', [])
  await markDeleting(database, owner.id, deleting.id)
  for (const { id } of [failed, deleting]) await age(database, id, 600)
  t.strictSame(await claimIds(database, SWEEP), [])
})

t.test('no more are named than asked for, those that wait longest first', async (t) => {
  const { database, make } = await setUp(t)
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const { id } = await make()
    await age(database, id, 1000 - n)
    ids.push(id)
  }
  const claimed = [
    await claimIds(database, { ...SWEEP, limit: 2 }),
    await claimIds(database, { ...SWEEP, limit: 2 }),
    await claimIds(database, { ...SWEEP, limit: 2 }),
  ]
  t.strictSame(
    claimed.map((some) => some.toSorted()),
    [ids.slice(0, 2).toSorted(), ids.slice(2, 4).toSorted(), ids.slice(4)],
  )
})

t.test('sweeps at once name each image once', async (t) => {
  const { database, make } = await setUp(t)
  for (let round = 0; round < 5; round += 1) {
    const ids = (await Promise.all(Array.from({ length: 30 }, make))).map((image) => image.id)
    await Promise.all(ids.map((id) => age(database, id, 61)))
    const claimed = await Promise.all([1, 2, 3, 4].map(() => claimIds(database, SWEEP)))
    t.strictSame(claimed.flat().toSorted(), ids.toSorted())
  }
})

t.test('an image that somebody holds is left for the next turn', async (t) => {
  const { database, make } = await setUp(t)
  const [held, free] = [await make(), await make()]
  for (const { id } of [held, free]) await age(database, id, 61)
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`SELECT FROM images WHERE id = ${held.id} FOR UPDATE`)
    t.strictSame(await claimIds(database, SWEEP), [free.id])
  })
  t.strictSame(await claimIds(database, SWEEP), [held.id])
})

t.test('deletions that were begun and have not ended', async (t) => {
  const { database, owner, make } = await setUp(t)
  const [old, older, done, live] = [await make(), await make(), await make(), await make()]
  for (const { id } of [old, older, done]) await markDeleting(database, owner.id, id)
  await age(database, old.id, 61)
  await age(database, older.id, 120)
  await age(database, done.id, 120)
  await age(database, live.id, 120)
  await finishDeletion(database, done.id)
  t.strictSame(await listUnfinishedDeletions(database, SWEEP), [older.id, old.id])
  t.strictSame(await listUnfinishedDeletions(database, { ...SWEEP, limit: 1 }), [older.id])
  t.strictSame(await listUnfinishedDeletions(database, { ...SWEEP, idleSeconds: 100 }), [older.id])
})

t.test('a postponed deletion comes after the others', async (t) => {
  const { database, owner, make } = await setUp(t)
  const [older, old, live] = [await make(), await make(), await make()]
  for (const { id } of [older, old]) await markDeleting(database, owner.id, id)
  await age(database, older.id, 120)
  await age(database, old.id, 61)
  await age(database, live.id, 120)
  await postponeDeletion(database, older.id)
  await postponeDeletion(database, live.id)
  t.strictSame(await listUnfinishedDeletions(database, SWEEP), [old.id])
  t.strictSame(await listUnfinishedDeletions(database, { ...SWEEP, idleSeconds: 0 }), [old.id, older.id])
  t.strictSame(await claimIds(database, SWEEP), [live.id], 'an image that lives is not touched')
})

t.test('keys that no row names', async (t) => {
  const { database, owner, make } = await setUp(t)
  const [live, deleting] = [await make(), await make()]
  const named = renditionKey(live.id, 'h200', 'now', 'jpg')
  const replaced = renditionKey(live.id, 'h200', 'before', 'jpg')
  const files = [
    { name: 'h200' as const, key: named, format: 'jpeg' as const, width: 1, height: 1, bytes: 1 },
  ]
  await publishRenditions(database, live.id, { ...EMPTY, files })
  await requestRendition(database, live.id, 'h400')
  await markDeleting(database, owner.id, deleting.id)
  const lost = uuidv7()
  const orphans = [originalKey(lost), renditionKey(lost, 'h200', 'now', 'jpg'), replaced]
  const kept = [
    originalKey(live.id),
    originalKey(deleting.id),
    named,
    'somebody/elses.txt',
    'originals/readme',
  ]

  t.strictSame(await findOrphanKeys(database, [...kept, ...orphans]), orphans)
  t.strictSame(await findOrphanKeys(database, kept), [])
  t.strictSame(await findOrphanKeys(database, orphans.slice(1)), orphans.slice(1))
  t.strictSame(await findOrphanKeys(database, []), [])
})
