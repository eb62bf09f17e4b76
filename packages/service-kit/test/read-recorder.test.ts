import {
  createPendingImage,
  createUser,
  evictUnread,
  findDefaultTier,
  migrate,
  openDatabase,
  publishRenditions,
} from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { createTestDatabase, poll } from '@tintype/testkit'
import t from 'tap'
import { createLogger, createReadRecorder } from '../src/index.ts'

const log = createLogger('gateway', 'silent')

t.test('reads', async (t) => {
  const { url } = await createTestDatabase(t)
  await migrate(url)
  const database = openDatabase(url)
  t.teardown(() => database.close())
  const tier = await findDefaultTier(database)
  const made = await createUser(database, { username: 'u', passwordHash: '', role: 'user', tierId: tier.id })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  const ownerId = made.user.id

  /** An image whose thumbnail nobody has read for long. */
  async function unread(): Promise<string> {
    const id = uuidv7()
    const size = { width: 2, height: 2, bytes: 1 }
    const named = { title: '', filename: 'a.jpg', sha256: '', format: 'jpeg' as const }
    await createPendingImage(database, { id, ownerId, ...named, ...size })
    const file = { name: 'h200' as const, key: id, format: 'jpeg' as const, ...size }
    await publishRenditions(database, id, { ...size, thumbhash: '', files: [file] })
    await database.db.execute(
      `UPDATE renditions SET last_read_at = now() - interval '8 days' WHERE image_id = '${id}'`,
    )
    return id
  }
  const evict = () => evictUnread(database, { days: 7, limit: 10 })

  t.test('are written when it stops', async (t) => {
    const [read, other] = [await unread(), await unread()]
    const reads = createReadRecorder({ database, log, everyMs: 3_600_000 })
    for (let count = 0; count < 5; count += 1) reads.note(read, 'h200')
    reads.note(uuidv7(), 'h200')
    await reads.stop()
    t.strictSame(await evict(), [other])
  })

  t.test('are written every so often', async (t) => {
    const id = await unread()
    const reads = createReadRecorder({ database, log, everyMs: 5 })
    t.teardown(() => reads.stop())
    reads.note(id, 'h200')
    await poll(async () => {
      const rows = await database.db.execute(
        `SELECT FROM renditions WHERE image_id = '${id}' AND last_read_at > now() - interval '1 day'`,
      )
      return rows.length === 1
    })
    t.strictSame(await evict(), [])
  })

  t.test('are held up to a bound', async (t) => {
    const ids = [await unread(), await unread(), await unread()]
    const reads = createReadRecorder({ database, log, everyMs: 3_600_000, maxHeld: 2 })
    for (const id of ids) reads.note(id, 'h200')
    await reads.stop()
    t.strictSame(await evict(), ids.slice(2))
  })

  t.test('are lost without harm while PostgreSQL is away', async (t) => {
    const away = openDatabase('postgres://nobody@127.0.0.1:9/none')
    t.teardown(() => away.close())
    const reads = createReadRecorder({ database: away, log, everyMs: 3_600_000 })
    reads.note(uuidv7(), 'h200')
    await t.resolves(reads.stop())
  })
})
