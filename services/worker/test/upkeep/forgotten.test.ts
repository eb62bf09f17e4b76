import { createArchive } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import { sweepArchives } from '../../src/upkeep/archive-sweep.ts'
import { sweepEvents } from '../../src/upkeep/event-sweep.ts'
import { sweepLinks } from '../../src/upkeep/link-sweep.ts'
import { sweepRequests } from '../../src/upkeep/request-sweep.ts'
import { sweepSessions } from '../../src/upkeep/session-sweep.ts'
import { openBench } from '../bench.ts'
import { BYTES } from './sweeping.ts'

t.test('sessions and links that have been dead for a week are forgotten', async (t) => {
  const bench = await openBench(t)
  const image = await bench.addImage(BYTES)
  const ages = { old: '8 days', recent: '6 days' }
  const kept: string[] = []
  for (const [age, interval] of Object.entries(ages)) {
    for (const column of ['expires_at', 'revoked_at', 'none']) {
      const id = uuidv7()
      if (age === 'recent' || column === 'none') kept.push(id)
      const past = `now() - interval '${interval}'`
      await bench.query(`
        INSERT INTO links (id, image_id, target, expires_at, revoked_at, image_epoch, owner_epoch)
        VALUES ('${id}', '${image}', 'original', ${column === 'expires_at' ? past : `now() + interval '1 day'`},
          ${column === 'revoked_at' ? past : 'NULL'}, 0, 0)`)
    }
    await bench.query(`
      INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
      VALUES ('${uuidv7()}', '${bench.ownerId}', now() - interval '${interval}', '', '')`)
  }

  t.same(await sweepLinks(bench), { forgotten: 2 })
  t.same(await sweepSessions(bench), { forgotten: 1 })

  const left = await bench.query<{ id: string }>('SELECT id FROM links ORDER BY id')
  t.same(
    left.map(({ id }) => id),
    kept.toSorted(),
  )
  t.equal((await bench.query('SELECT id FROM sessions')).length, 1)
})

t.test('keys of uploads after a day, and archives after their time, are forgotten', async (t) => {
  const bench = await openBench(t)
  const userId = bench.ownerId
  for (const [key, age, lease] of [
    ['old', '25 hours', '-1 s'],
    ['recent', '23 hours', '-1 s'],
    ['slow', '25 hours', '1 minute'],
  ]) {
    await bench.query(`
      INSERT INTO idempotent_requests (id, user_id, key, created_at, leased_until)
      VALUES ('${uuidv7()}', '${userId}', '${key}', now() - interval '${age}', now() + interval '${lease}')`)
  }
  t.same(await sweepRequests(bench), { forgotten: 1 })
  const keys = await bench.query<{ key: string }>('SELECT key FROM idempotent_requests ORDER BY key')
  t.same(
    keys.map(({ key }) => key),
    ['recent', 'slow'],
  )

  const archive = { ownerId: userId, imageIds: null, rendition: 'original' } as const
  await createArchive(bench.database, { id: uuidv7(), ...archive }, 0)
  await createArchive(bench.database, { id: uuidv7(), ...archive }, 60)
  t.same(await sweepArchives(bench), { forgotten: 1 })
})

t.test('events of over a week ago are forgotten, batch by batch', async (t) => {
  const bench = await openBench(t)
  for (let count = 0; count < 5; count += 1) await bench.addImage(BYTES)
  await bench.query(`
    UPDATE events SET at = now() - interval '8 days' WHERE id IN (SELECT id FROM events ORDER BY id LIMIT 3)`)
  t.same(await sweepEvents(bench, { days: 7, batch: 2 }), { forgotten: 3 })
  t.equal((await bench.query('SELECT id FROM events')).length, 2)
})
