import { poll } from '@tintype/testkit'
import t from 'tap'
import {
  authenticate,
  createSession,
  type Database,
  endAllSessions,
  endSession,
  forgetOldSessions,
  hasSignedInFrom,
  rotateSession,
  type SessionTicket,
  type User,
  updateUser,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeUser, openMigrated, waitingForLocks } from './fixtures.ts'

const GRACE = { graceSeconds: 30, lifeSeconds: 3600 }
const NO_GRACE = { graceSeconds: 0, lifeSeconds: 3600 }
const NOBODY = '00000000-0000-7000-8000-000000000000'

async function begin(database: Database, user: User, lifeSeconds = 3600): Promise<SessionTicket> {
  const ticket = await createSession(database, {
    userId: user.id,
    lifeSeconds,
    userAgent: 'test',
    address: '::1',
  })
  if (ticket === undefined) throw new Error('no session')
  return ticket
}

/** Moves a session into the past, as if that much time had passed since. */
async function age({ db }: Database, { sessionId }: SessionTicket, seconds: number): Promise<void> {
  const by = sql`make_interval(secs => ${seconds})`
  await db.execute(sql`
    UPDATE sessions SET rotated_at = rotated_at - ${by}, created_at = created_at - ${by},
      rotations = ARRAY(SELECT at - ${by} FROM unnest(rotations) WITH ORDINALITY AS one (at, n) ORDER BY n),
      expires_at = expires_at - ${by}, ended_at = ended_at - ${by}
    WHERE id = ${sessionId}`)
}

t.test('sessions', async (t) => {
  const database = await openMigrated(t)
  const user = await makeUser(database)

  t.test('a new one is good, by PostgreSQL’s time', async (t) => {
    const ticket = await begin(database, user)
    t.match(ticket, { userId: user.id, generation: 0 })
    const [row] = await database.db.execute<{ now: number }>(
      sql`SELECT extract(epoch FROM now())::float8 AS now`,
    )
    const now = row?.now ?? 0
    t.ok(Number.isInteger(ticket.issuedAtSeconds))
    t.ok(ticket.issuedAtSeconds <= now && ticket.issuedAtSeconds > now - 60)
    t.match(await authenticate(database, ticket, 900), { id: user.id, tier: { name: 'Basic' } })
  })

  t.test('nobody gets none', async (t) => {
    t.equal(
      await createSession(database, { userId: NOBODY, lifeSeconds: 60, userAgent: '', address: '' }),
      undefined,
    )
  })

  t.test('an access token ages by PostgreSQL’s clock', async (t) => {
    const ticket = await begin(database, user)
    t.equal(
      await authenticate(database, { ...ticket, issuedAtSeconds: ticket.issuedAtSeconds - 901 }, 900),
      undefined,
    )
    t.ok(await authenticate(database, { ...ticket, issuedAtSeconds: ticket.issuedAtSeconds - 800 }, 900))
  })

  t.test('an access token is for its own user and session', async (t) => {
    const ticket = await begin(database, user)
    const other = await makeUser(database)
    t.equal(await authenticate(database, { ...ticket, userId: other.id }, 900), undefined)
    t.equal(await authenticate(database, { ...ticket, sessionId: NOBODY }, 900), undefined)
  })

  t.test('an ended or expired one is over at once', async (t) => {
    const ended = await begin(database, user)
    await endSession(database, ended)
    await endSession(database, ended)
    const expired = await begin(database, user, 60)
    await age(database, expired, 61)
    for (const ticket of [ended, expired]) {
      t.equal(await authenticate(database, { ...ticket, issuedAtSeconds: Date.now() / 1000 }, 900), undefined)
      t.strictSame(await rotateSession(database, ticket, GRACE), { outcome: 'ended' })
    }
    t.strictSame(await rotateSession(database, { sessionId: NOBODY, generation: 0 }, GRACE), {
      outcome: 'ended',
    })
  })

  t.test('all of a user’s end, and nobody else’s', async (t) => {
    const one = await makeUser(database)
    const tickets = [await begin(database, one), await begin(database, one)]
    const other = await begin(database, user)
    await endAllSessions(database, one.id)
    for (const ticket of tickets) t.equal(await authenticate(database, ticket, 900), undefined)
    t.ok(await authenticate(database, other, 900))
  })

  t.test('a disabled user’s rotate no more', async (t) => {
    const one = await makeUser(database)
    const ticket = await begin(database, one)
    await database.db.execute(sql`UPDATE users SET disabled_at = now() WHERE id = ${one.id}`)
    t.strictSame(await rotateSession(database, ticket, GRACE), { outcome: 'ended' })
    t.equal(await authenticate(database, ticket, 900), undefined)
    await updateUser(database, one.id, { disabled: false })
    t.match(await rotateSession(database, ticket, GRACE), { outcome: 'rotated' }, 'the row alone decides')
  })

  t.test('one that is begun while the user is being disabled is none', async (t) => {
    const one = await makeUser(database)
    const settled = { begun: false }
    const begun = await database.db.transaction(async (tx) => {
      await tx.execute(sql`UPDATE users SET disabled_at = now() WHERE id = ${one.id}`)
      const session = createSession(database, {
        userId: one.id,
        lifeSeconds: 60,
        userAgent: 'test',
        address: '::1',
      }).finally(() => {
        settled.begun = true
      })
      await poll(async () => settled.begun || (await waitingForLocks(database)) > 0)
      return { session }
    })
    t.equal(await begun.session, undefined)
  })

  t.test('where a user has signed in from is known', async (t) => {
    const one = await makeUser(database)
    const fields = { userId: one.id, lifeSeconds: 60, userAgent: '', address: '192.0.2.7' }
    t.equal(await hasSignedInFrom(database, one.id, '192.0.2.7'), false)
    await createSession(database, fields)
    t.equal(await hasSignedInFrom(database, one.id, '192.0.2.7'), true)
    t.equal(await hasSignedInFrom(database, one.id, '192.0.2.8'), false)
    t.equal(await hasSignedInFrom(database, user.id, '192.0.2.7'), false)
  })

  t.test('rotation gives the next token and a new lease of life', async (t) => {
    const first = await begin(database, user, 60)
    await age(database, first, 59)
    const second = await rotateSession(database, first, GRACE)
    t.match(second, {
      outcome: 'rotated',
      ticket: { sessionId: first.sessionId, userId: user.id, generation: 1 },
    })
    await age(database, first, 120)
    const third = await rotateSession(database, { sessionId: first.sessionId, generation: 1 }, GRACE)
    t.match(third, { outcome: 'rotated', ticket: { generation: 2 } })
    t.ok(await authenticate(database, first, 900), 'the session is the same')
  })

  t.test('a token presented many times at once gets one successor', async (t) => {
    for (let round = 0; round < 10; round += 1) {
      const ticket = await begin(database, user)
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, () => rotateSession(database, ticket, GRACE)),
      )
      for (const outcome of outcomes) t.match(outcome, { outcome: 'rotated', ticket: { generation: 1 } })
    }
  })

  t.test('a token presented again within the grace gets the same successor', async (t) => {
    const ticket = await begin(database, user)
    await rotateSession(database, ticket, GRACE)
    await age(database, ticket, 25)
    t.match(await rotateSession(database, ticket, GRACE), { outcome: 'rotated', ticket: { generation: 1 } })
    await age(database, ticket, 6)
    t.strictSame(
      await rotateSession(database, ticket, GRACE),
      { outcome: 'reused' },
      'the grace begins with the first use, not with the last',
    )
  })

  t.test('within the grace also when its successor was exchanged meanwhile', async (t) => {
    const first = await begin(database, user)
    await rotateSession(database, first, GRACE)
    await age(database, first, 20)
    await rotateSession(database, { ...first, generation: 1 }, GRACE)
    const newest = { outcome: 'rotated', ticket: { generation: 2 } }
    t.match(await rotateSession(database, first, GRACE), newest)
    await age(database, first, 11)
    t.match(await rotateSession(database, { ...first, generation: 1 }, GRACE), newest)
    t.strictSame(await rotateSession(database, first, GRACE), { outcome: 'reused' })
  })

  t.test('a token presented later ends the family', async (t) => {
    const first = await begin(database, user)
    const second = await rotateSession(database, first, GRACE)
    if (second.outcome !== 'rotated') throw new Error(second.outcome)
    await age(database, first, 31)
    t.strictSame(await rotateSession(database, first, GRACE), { outcome: 'reused' })
    t.strictSame(await rotateSession(database, second.ticket, GRACE), { outcome: 'ended' })
    t.equal(await authenticate(database, second.ticket, 900), undefined)
    t.strictSame(await rotateSession(database, first, GRACE), { outcome: 'ended' })
  })

  t.test('without a grace the second use ends it', async (t) => {
    const ticket = await begin(database, user)
    t.match(await rotateSession(database, ticket, NO_GRACE), { outcome: 'rotated' })
    t.strictSame(await rotateSession(database, ticket, NO_GRACE), { outcome: 'reused' })
  })

  t.test('a token that was never given ends the family at once', async (t) => {
    for (const generation of [-1, 3, 99]) {
      const ticket = await begin(database, user)
      await rotateSession(database, ticket, GRACE)
      await rotateSession(database, { ...ticket, generation: 1 }, GRACE)
      t.strictSame(await rotateSession(database, { ...ticket, generation }, GRACE), { outcome: 'reused' })
      t.equal(await authenticate(database, ticket, 900), undefined)
    }
  })
})

t.test('old sessions are forgotten a week after their end', async (t) => {
  const database = await openMigrated(t)
  const user = await makeUser(database)
  const week = 7 * 24 * 3600
  const live = await begin(database, user, 2 * week)
  const expired = await begin(database, user, 60)
  await age(database, expired, week + 120)
  const ended = await begin(database, user, 2 * week)
  await endSession(database, ended)
  await age(database, ended, week + 60)
  const endedLately = await begin(database, user)
  await endSession(database, endedLately)

  t.equal(await forgetOldSessions(database), 2)
  const rows = await database.db.execute<{ id: string }>(sql`SELECT id FROM sessions`)
  t.strictSame(rows.map((row) => row.id).toSorted(), [live.sessionId, endedLately.sessionId].toSorted())
})
