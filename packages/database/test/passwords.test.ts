import { poll } from '@tintype/testkit'
import t from 'tap'
import {
  authenticate,
  createSession,
  findPasswordHash,
  listSessions,
  rotateSession,
  type SessionTicket,
  setPassword,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeUser, openMigrated, waitingForLocks } from './fixtures.ts'

const database = await openMigrated(t)

const begin = (userId: string, passwordHash?: string) =>
  createSession(database, {
    userId,
    lifeSeconds: 3600,
    userAgent: '',
    address: '',
    ...(passwordHash === undefined ? {} : { passwordHash }),
  })

async function begun(userId: string): Promise<SessionTicket> {
  const ticket = await begin(userId)
  if (ticket === undefined) throw new Error('no session')
  return ticket
}

const lives = async (ticket: SessionTicket) => (await authenticate(database, ticket, 900)) !== undefined

t.test('another password ends the other sessions, and those of nobody else', async (t) => {
  const [user, other] = [await makeUser(database), await makeUser(database)]
  const [kept, ended, others] = [await begun(user.id), await begun(user.id), await begun(other.id)]
  const change = { userId: user.id, passwordHash: 'new', exceptSessionId: kept.sessionId }
  t.equal(await setPassword(database, { ...change, replaces: 'not theirs' }), false)
  t.ok(await lives(ended), 'nothing was changed')
  t.equal(await setPassword(database, { ...change, replaces: 'not a hash' }), true)
  t.equal(await findPasswordHash(database, user.id), 'new')
  t.equal(await findPasswordHash(database, other.id), 'not a hash')
  t.strictSame([await lives(kept), await lives(ended), await lives(others)], [true, false, true])
  t.strictSame(await rotateSession(database, ended, { graceSeconds: 30, lifeSeconds: 60 }), {
    outcome: 'ended',
  })
  t.equal(await setPassword(database, { userId: user.id, passwordHash: 'reset' }), true)
  t.equal(await lives(kept), false, 'one that was reset keeps none')
  t.equal((await listSessions(database, user.id)).length, 0)
})

t.test('of two changes at once, one wins', async (t) => {
  const user = await makeUser(database)
  const outcomes = await Promise.all(
    ['one', 'two'].map((passwordHash) =>
      setPassword(database, { userId: user.id, passwordHash, replaces: 'not a hash' }),
    ),
  )
  t.strictSame(outcomes.toSorted(), [false, true])
})

t.test('a login with the old password, under way while it changes, begins no session', async (t) => {
  const user = await makeUser(database)
  const settled = { begun: false }
  const { login } = await database.db.transaction(async (tx) => {
    await tx.execute(sql`UPDATE users SET password_hash = 'new' WHERE id = ${user.id}`)
    const login = begin(user.id, 'not a hash').finally(() => {
      settled.begun = true
    })
    await poll(async () => settled.begun || (await waitingForLocks(database)) > 0)
    return { login }
  })
  t.equal(await login, undefined)
  t.ok(await begin(user.id, 'new'), 'the new one does')
})
