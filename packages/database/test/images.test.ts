import { uuidv7 } from '@tintype/domain'
import postgres from 'postgres'
import t from 'tap'
import {
  countImages,
  createPendingImage,
  type Database,
  findImage,
  findUser,
  type ImageQuery,
  type ImageWithRenditions,
  listImages,
  markDeleting,
  publishRenditions,
  requestRendition,
  type User,
  updateUser,
} from '../src/index.ts'
import { drizzle, sql } from '../src/orm.ts'
import * as schema from '../src/schema.ts'
import { makeImage, makeTier, makeUser, newImage, openMigrated } from './fixtures.ts'

const idsOf = (page: ImageWithRenditions[]) => page.map(({ image }) => image.id)

/** What the owner's counters say beside what the rows say. */
async function usage(database: Database, owner: User) {
  const [rows] = await database.db.execute(sql`
    SELECT coalesce(sum(bytes), 0)::integer AS bytes, count(*)::integer AS images FROM images
    WHERE owner_id = ${owner.id} AND state <> 'deleting'`)
  const user = await findUser(database, owner.id)
  return { counted: { bytes: user?.usedBytes, images: user?.usedImages }, rows: { ...rows } }
}

t.test('an owner who is disabled gets no image', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  await updateUser(database, owner.id, { disabled: true })
  t.match(await createPendingImage(database, newImage(owner)), { outcome: 'owner-disabled' })
  const none = { bytes: 0, images: 0 }
  t.match(await usage(database, owner), { counted: none, rows: none })
})

t.test('an image is counted and written', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  const fields = newImage(owner, {
    title: 'Prag’s «Brücke» 🌉',
    filename: 'a\\b"c.heic',
    format: 'heic',
    bytes: 2 ** 32,
  })
  const made = await createPendingImage(database, fields)
  t.match(made, {
    outcome: 'created',
    image: { ...fields, state: 'pending', failureCode: null, thumbhash: null },
  })
  if (made.outcome !== 'created') return
  t.strictSame(await findImage(database, owner.id, fields.id), { image: made.image, renditions: [] })
  t.match(await findUser(database, owner.id), { usedBytes: 2 ** 32, usedImages: 1 })
})

t.test('the quota', async (t) => {
  const database = await openMigrated(t, { maxConnections: 20 })
  const burst = async (owner: User, count: number) => {
    const outcomes = await Promise.all(
      Array.from({ length: count }, () => createPendingImage(database, newImage(owner, { bytes: 100 }))),
    )
    return Map.groupBy(outcomes, (one) => one.outcome)
  }

  t.test('of images holds for 60 uploads at once', async (t) => {
    const owner = await makeUser(database, { tier: await makeTier(database, { quotaImages: 10 }) })
    const outcomes = await burst(owner, 60)
    t.equal(outcomes.get('created')?.length, 10)
    t.equal(outcomes.get('quota-exceeded')?.length, 50)
    const both = { bytes: 1000, images: 10 }
    t.strictSame(await usage(database, owner), { counted: both, rows: both })
  })

  t.test('of bytes holds for 60 uploads at once', async (t) => {
    const owner = await makeUser(database, { tier: await makeTier(database, { quotaBytes: 1099 }) })
    t.equal((await burst(owner, 60)).get('created')?.length, 10)
    const both = { bytes: 1000, images: 10 }
    t.strictSame(await usage(database, owner), { counted: both, rows: both })
    t.match(
      await createPendingImage(database, newImage(owner, { bytes: 99 })),
      { outcome: 'created' },
      'is used to the last byte',
    )
    t.match(await createPendingImage(database, newImage(owner, { bytes: 1 })), { outcome: 'quota-exceeded' })
  })

  t.test('counts neither where the row cannot be written', async (t) => {
    const owner = await makeUser(database)
    const first = await makeImage(database, owner)
    await t.rejects(createPendingImage(database, newImage(owner, { id: first.id })), {
      cause: { code: '23505' },
    })
    const both = { bytes: 1000, images: 1 }
    t.strictSame(await usage(database, owner), { counted: both, rows: both })
  })

  t.test('of nobody has no room', async (t) => {
    const owner = await makeUser(database)
    const outcome = await createPendingImage(database, newImage(owner, { ownerId: uuidv7() }))
    t.match(outcome, { outcome: 'owner-disabled' })
  })
})

t.test('an image is found by its owner alone, until it is deleted', async (t) => {
  const database = await openMigrated(t)
  const [owner, other] = await Promise.all([makeUser(database), makeUser(database)])
  const { id } = await makeImage(database, owner)
  t.equal(await findImage(database, other.id, id), undefined)
  t.equal(await findImage(database, owner.id, uuidv7()), undefined)
  t.match(await findImage(database, owner.id, id), { image: { id } })
  await markDeleting(database, owner.id, id)
  t.equal(await findImage(database, owner.id, id), undefined)
})

t.test('renditions come with their image: made, failed, or wanted', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  const { id } = await makeImage(database, owner)
  const other = await makeImage(database, owner)
  await requestRendition(database, other.id, 'h1')
  const file = {
    name: 'h200' as const,
    key: `renditions/${id}/h200.a.jpg`,
    format: 'jpeg' as const,
    width: 267,
    height: 200,
    bytes: 9,
  }
  await publishRenditions(database, id, { width: 800, height: 600, thumbhash: 'hash', files: [file] })
  await requestRendition(database, id, 'h400')
  await database.db.execute(sql`
    INSERT INTO renditions (image_id, name, failure_code) VALUES (${id}, 'h300', 'TT_IMAGE_CORRUPT')`)
  const { name, ...made } = file
  const expected = [
    { imageId: id, name, file: made },
    { imageId: id, name: 'h300', failureCode: 'TT_IMAGE_CORRUPT' },
    { imageId: id, name: 'h400' },
  ]
  t.strictSame((await findImage(database, owner.id, id))?.renditions, expected)
  const page = await listImages(database, { ownerId: owner.id, limit: 10, order: 'oldest' })
  t.strictSame(page[0]?.renditions, expected)
  t.strictSame(page[1]?.renditions, [{ imageId: other.id, name: 'h1' }])
})

t.test('pages', async (t) => {
  const database = await openMigrated(t)
  const [owner, other] = await Promise.all([makeUser(database), makeUser(database)])
  const ids: string[] = []
  for (let n = 0; n < 7; n += 1) {
    await makeImage(database, other)
    ids.push((await makeImage(database, owner)).id)
  }
  ids.sort() // those of one millisecond have no order of their own
  const query = (rest: Partial<ImageQuery>): ImageQuery => ({
    ownerId: owner.id,
    limit: 3,
    order: 'newest',
    ...rest,
  })

  for (const order of ['newest', 'oldest'] as const) {
    t.test(`${order} first, each image once`, async (t) => {
      const pages: string[][] = []
      let after: string | undefined
      do {
        const page = idsOf(await listImages(database, query({ order, after })))
        if (page.length > 0) pages.push(page)
        after = page.at(-1)
      } while (after !== undefined)
      t.strictSame(
        pages.map((page) => page.length),
        [3, 3, 1],
      )
      t.strictSame(pages.flat(), order === 'oldest' ? ids : ids.toReversed())
    })
  }

  t.test('go on where they were while images come and go', async (t) => {
    const first = idsOf(await listImages(database, query({})))
    const young = await makeImage(database, owner)
    const cursor = first.at(-1) ?? ''
    await markDeleting(database, owner.id, cursor)
    const second = idsOf(await listImages(database, query({ after: cursor })))
    t.strictSame(second, ids.toReversed().slice(3, 6))
    t.strictSame(idsOf(await listImages(database, query({ limit: 1 }))), [young.id])
  })

  t.test('of nobody are empty', async (t) => {
    t.strictSame(await listImages(database, query({ ownerId: uuidv7() })), [])
  })
})

t.test('a page takes two queries, whatever its size', async (t) => {
  const database = await openMigrated(t, { maxConnections: 1 })
  const owner = await makeUser(database)
  for (let n = 0; n < 12; n += 1) {
    const { id } = await makeImage(database, owner)
    await requestRendition(database, id, 'h200')
  }
  // Each statement is a transaction of its own, and a backend numbers its transactions one by one.
  const transaction = async () => {
    const [row] = await database.db.execute<{ id: string }>(sql`
      SELECT virtualtransaction AS id FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'virtualxid'`)
    return Number(row?.id.split('/')[1])
  }
  const cost = async (work: () => Promise<unknown>) => {
    const before = await transaction()
    await work()
    return (await transaction()) - before - 1
  }
  const page = (limit: number) => listImages(database, { ownerId: owner.id, limit, order: 'newest' })
  t.equal(await cost(() => database.ping()), 1)
  t.equal(await cost(() => page(1)), 2)
  t.equal(await cost(() => page(12)), 2)
})

t.test('filters', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  const named = async (title: string, filename: string) =>
    (await makeImage(database, owner, { title, filename })).id
  const percent = await named('100% cotton', 'a.jpg')
  const underscore = await named('snake_case', 'b.jpg')
  const backslash = await named('C:\\pictures', 'c.jpg')
  const plain = await named('Bridge over the Moldau', 'prag.PNG')
  const search = async (rest: Partial<ImageQuery>) =>
    idsOf(await listImages(database, { ownerId: owner.id, limit: 100, order: 'oldest', ...rest })).toSorted()

  t.test('find text in title and filename, in any case', async (t) => {
    t.strictSame(await search({ text: 'MOLDAU' }), [plain])
    t.strictSame(await search({ text: 'Prag.png' }), [plain])
    t.strictSame(await search({ text: 'e' }), [underscore, backslash, plain].toSorted())
    t.strictSame(await search({ text: 'nothing' }), [])
    t.strictSame(await search({ text: '' }), [percent, underscore, backslash, plain].toSorted())
  })

  t.test('take %, _ and \\ for themselves', async (t) => {
    t.strictSame(await search({ text: '%' }), [percent])
    t.strictSame(await search({ text: '_' }), [underscore])
    t.strictSame(await search({ text: '\\' }), [backslash])
    t.strictSame(await search({ text: ':\\p' }), [backslash])
    t.strictSame(await search({ text: '\\%' }), [])
    t.strictSame(await search({ text: "'; DROP TABLE images; --" }), [])
  })

  t.test('find by state, together with text', async (t) => {
    await publishRenditions(database, plain, { width: 1, height: 1, thumbhash: '', files: [] })
    await markDeleting(database, owner.id, percent)
    t.strictSame(await search({ state: 'ready' }), [plain])
    t.strictSame(await search({ state: 'pending' }), [underscore, backslash].toSorted())
    t.strictSame(await search({ state: 'failed' }), [])
    t.strictSame(await search({ state: 'pending', text: 'snake' }), [underscore])
    t.strictSame(await search({}), [underscore, backslash, plain].toSorted())
  })
})

t.test('a page takes two queries and its total one, however large it is', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  for (let count = 0; count < 30; count += 1) {
    const { id } = await makeImage(database, owner)
    for (const name of ['h200', 'h400'] as const) await requestRendition(database, id, name)
  }
  const queries: string[] = []
  const client = postgres(database.url)
  t.teardown(() => client.end())
  const counted = {
    ...database,
    db: drizzle(client, { schema, logger: { logQuery: (q) => queries.push(q) } }),
  }
  for (const limit of [1, 10, 30]) {
    queries.length = 0
    t.equal((await listImages(counted, { ownerId: owner.id, limit, order: 'newest' })).length, limit)
    t.equal(queries.length, 2)
  }
  queries.length = 0
  t.equal(await countImages(counted, { ownerId: owner.id }), 30)
  t.equal(queries.length, 1)
})
