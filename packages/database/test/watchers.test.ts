import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import {
  createApiKey,
  createSession,
  deleteApiKey,
  endSession,
  listLiveWatchers,
  updateUser,
  type Watcher,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeUser, openMigrated } from './fixtures.ts'

t.test('who watches may go on until their session, token, key or user ends', async (t) => {
  const database = await openMigrated(t)
  const [user, auditor] = [await makeUser(database), await makeUser(database, { role: 'auditor' })]
  async function watcherOf(userId: string): Promise<Watcher> {
    const ticket = await createSession(database, { userId, lifeSeconds: 60, userAgent: '', address: '' })
    if (ticket === undefined) throw new Error('no session')
    return ticket
  }
  async function keyOf(userId: string): Promise<{ userId: string; keyId: string }> {
    const scopes: ['images:read'] = ['images:read']
    const fields = { userId, name: uuidv7(), scopes, secretSha256: uuidv7(), hint: '' }
    const made = await createApiKey(database, fields, 9)
    if (made.outcome !== 'created') throw new Error(made.outcome)
    return { userId, keyId: made.key.id }
  }
  const first = await watcherOf(user.id)
  if (!('sessionId' in first)) throw new Error('no session')
  const key = await keyOf(user.id)
  const watchers = [
    first,
    await watcherOf(user.id),
    { ...first, issuedAtSeconds: first.issuedAtSeconds - 900 },
    { ...first, userId: auditor.id },
    key,
    await keyOf(user.id),
    { ...key, userId: auditor.id },
    await watcherOf(auditor.id),
  ]
  const live = async () =>
    Object.fromEntries(await listLiveWatchers(database, watchers, { maxAgeSeconds: 900 }))
  t.strictSame(await live(), { 0: 'user', 1: 'user', 4: 'user', 5: 'user', 7: 'auditor' })
  await endSession(database, first)
  await deleteApiKey(database, key)
  await updateUser(database, auditor.id, { role: 'user' })
  t.strictSame(await live(), { 1: 'user', 5: 'user', 7: 'user' })
  await database.db.execute(sql`UPDATE api_keys SET expires_at = now()`)
  t.strictSame(await live(), { 1: 'user', 7: 'user' })
  await updateUser(database, user.id, { disabled: true })
  t.strictSame(await live(), { 7: 'user' })
  t.strictSame(await listLiveWatchers(database, [], { maxAgeSeconds: 900 }), new Map())
})
