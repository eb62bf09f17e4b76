import type { RenditionName } from '@tintype/domain'
import { poll } from '@tintype/testkit'
import t from 'tap'
import {
  type Database,
  evictUnread,
  findImage,
  type Image,
  noteReads,
  publishRenditions,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeUser, openMigrated } from './fixtures.ts'

const WEEK = { days: 7, limit: 100 }

t.test('evictions', async (t) => {
  const database = await openMigrated(t)
  const owner = await makeUser(database)
  const keyOf = (image: Image, name: RenditionName) => `renditions/${image.id}/${name}.a.jpg`
  const read = (image: Image, name: RenditionName) => ({ imageId: image.id, name })
  const namesOf = async (image: Image) =>
    (await findImage(database, owner.id, image.id))?.renditions.map(({ name }) => name)

  async function derived(...names: RenditionName[]): Promise<Image> {
    const image = await makeImage(database, owner)
    const files = names.map((name) => ({
      ...{ name, key: keyOf(image, name), format: 'jpeg' as const },
      ...{ width: 30, height: 20, bytes: 500 },
    }))
    await publishRenditions(database, image.id, { width: 60, height: 40, thumbhash: '', files })
    return image
  }

  const age = ({ db }: Pick<Database, 'db'>, image: Image, interval: string) =>
    db.execute(sql`
      UPDATE renditions SET last_read_at = last_read_at - ${interval}::interval WHERE image_id = ${image.id}`)
  const lastReadAt = async (image: Image, name: RenditionName) => {
    const [row] = await database.db.execute<{ at: string }>(sql`
      SELECT last_read_at AS at FROM renditions WHERE image_id = ${image.id} AND name = ${name}`)
    return row?.at
  }

  t.test('what was not read for so long goes, whatever it is; what was read stays', async (t) => {
    const image = await derived('h200', 'h200.webp', 'h400', 'full.png')
    const fresh = await derived('h200')
    await age(database, image, '8 days')
    await age(database, fresh, '6 days')
    await noteReads(database, [read(image, 'h400'), read(fresh, 'h999')])
    t.strictSame((await evictUnread(database, WEEK)).toSorted(), [
      keyOf(image, 'full.png'),
      keyOf(image, 'h200'),
      keyOf(image, 'h200.webp'),
    ])
    t.strictSame(await namesOf(image), ['h400'])
    t.strictSame(await namesOf(fresh), ['h200'])
    t.strictSame(await evictUnread(database, WEEK), [])
  })

  t.test('those longest unread go first', async (t) => {
    const [older, newer] = [await derived('h200'), await derived('h200')]
    await age(database, older, '10 days')
    await age(database, newer, '9 days')
    t.strictSame(await evictUnread(database, { days: 7, limit: 1 }), [keyOf(older, 'h200')])
    t.strictSame(await evictUnread(database, { days: 7, limit: 1 }), [keyOf(newer, 'h200')])
  })

  t.test('what is wanted or has failed is no file to evict', async (t) => {
    const image = await derived()
    await database.db.execute(sql`
      INSERT INTO renditions (image_id, name, failure_code, last_read_at)
      VALUES (${image.id}, 'h200', NULL, now() - interval '9 days'),
        (${image.id}, 'h400', 'TT_DECODER_CRASHED', now() - interval '9 days')`)
    t.strictSame(await evictUnread(database, WEEK), [])
  })

  t.test('a read between the choice and the end keeps it', async (t) => {
    const image = await derived('h200')
    await age(database, image, '8 days')
    const evicting = await database.db.transaction(async (tx) => {
      await tx.execute(sql`UPDATE renditions SET last_read_at = now() WHERE image_id = ${image.id}`)
      const waiting = evictUnread(database, WEEK)
      // It has chosen by what is committed, and waits for the row.
      await poll(async () => {
        const rows = await database.db.execute(sql`
          SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
        return rows.length > 0
      })
      return { waiting }
    })
    t.strictSame(await evicting.waiting, [])
    t.strictSame(await namesOf(image), ['h200'])
  })

  t.test('a read is noted once an hour at most', async (t) => {
    const image = await derived('h200', 'h400')
    const before = await lastReadAt(image, 'h200')
    await noteReads(database, [read(image, 'h200')])
    t.equal(await lastReadAt(image, 'h200'), before)
    await age(database, image, '61 minutes')
    const aged = await lastReadAt(image, 'h400')
    await noteReads(database, [read(image, 'h200')])
    t.ok(((await lastReadAt(image, 'h200')) ?? '') > (before ?? ''))
    t.equal(await lastReadAt(image, 'h400'), aged)
    await noteReads(database, [])
  })

  t.test('reads noted at once by several services do not wait for each other for ever', async (t) => {
    const images = await Promise.all(Array.from({ length: 20 }, () => derived('h200')))
    for (const image of images) await age(database, image, '2 hours')
    const reads = images.map((image) => read(image, 'h200'))
    await Promise.all(
      Array.from({ length: 8 }, (_, at) => noteReads(database, at % 2 === 0 ? reads : reads.toReversed())),
    )
    const noted = await Promise.all(images.map((image) => lastReadAt(image, 'h200')))
    const [row] = await database.db.execute<{ at: string }>(sql`SELECT now() - interval '1 hour' AS at`)
    t.ok(noted.every((at) => (at ?? '') > (row?.at ?? '')))
  })
})
