import { randomBytes } from 'node:crypto'
import t from 'tap'
import {
  authenticateApiKey,
  createApiKey,
  deleteApiKey,
  listApiKeys,
  type NewApiKey,
  recordApiKeyUse,
  type User,
  updateUser,
} from '../src/index.ts'
import { makeUser, openMigrated, uniqueName } from './fixtures.ts'

const database = await openMigrated(t)

function newKey(user: User, fields: Partial<NewApiKey> = {}): NewApiKey {
  return {
    userId: user.id,
    name: uniqueName('key'),
    scopes: ['images:read'],
    secretSha256: randomBytes(32).toString('hex'),
    hint: 'ttk_abcdef',
    ...fields,
  }
}

const lastUsed = async (user: User) => (await listApiKeys(database, user.id))[0]?.lastUsedAt

t.test('a key stands for its user, with its scopes', async (t) => {
  const user = await makeUser(database)
  const fields = newKey(user, { scopes: ['images:read', 'links:write'] })
  const made = await createApiKey(database, fields, 50)
  t.match(made, { outcome: 'created', key: { name: fields.name, hint: 'ttk_abcdef', expiresAt: null } })
  t.match(await authenticateApiKey(database, fields.secretSha256), {
    user: { id: user.id, tier: { name: 'Basic' } },
    scopes: ['images:read', 'links:write'],
    useIsDue: true,
  })
  t.equal(await authenticateApiKey(database, '0'.repeat(64)), undefined)
})

t.test('names are a user’s own, in any case', async (t) => {
  const [ann, bob] = [await makeUser(database), await makeUser(database)]
  t.match(await createApiKey(database, newKey(ann, { name: 'Backup' }), 50), { outcome: 'created' })
  t.strictSame(await createApiKey(database, newKey(ann, { name: 'BACKUP' }), 50), { outcome: 'name-taken' })
  t.match(await createApiKey(database, newKey(bob, { name: 'Backup' }), 50), { outcome: 'created' })
})

t.test('an expiry is PostgreSQL’s time', async (t) => {
  const user = await makeUser(database)
  const soon = newKey(user, { expiresInSeconds: 600 })
  const made = await createApiKey(database, soon, 50)
  t.ok(made.outcome === 'created' && made.key.expiresAt !== null)
  t.ok(await authenticateApiKey(database, soon.secretSha256))
  await database.db.execute(
    `UPDATE api_keys SET expires_at = now() WHERE secret_sha256 = '${soon.secretSha256}'`,
  )
  t.equal(await authenticateApiKey(database, soon.secretSha256), undefined, 'over at once')
  t.equal((await listApiKeys(database, user.id)).length, 1, 'and listed still')
  const past = newKey(user, { expiresAt: new Date(Date.now() - 60_000) })
  t.strictSame(await createApiKey(database, past, 50), { outcome: 'already-expired' })
  t.match(await createApiKey(database, newKey(user, { expiresAt: new Date('2999-01-01') }), 50), {
    outcome: 'created',
    key: { expiresAt: new Date('2999-01-01') },
  })
})

t.test('no user has more than the most, however many are made at once', async (t) => {
  const user = await makeUser(database)
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, () => createApiKey(database, newKey(user), 3)),
  )
  t.equal(outcomes.filter(({ outcome }) => outcome === 'created').length, 3)
  t.equal(outcomes.filter(({ outcome }) => outcome === 'too-many').length, 9)
})

t.test('a use is recorded once a minute', async (t) => {
  const user = await makeUser(database)
  const fields = newKey(user)
  await createApiKey(database, fields, 50)
  const { keyId } = (await authenticateApiKey(database, fields.secretSha256)) ?? { keyId: '' }
  await Promise.all([1, 2, 3].map(() => recordApiKeyUse(database, keyId)))
  const first = await lastUsed(user)
  t.ok(first)
  t.match(await authenticateApiKey(database, fields.secretSha256), { useIsDue: false })
  await recordApiKeyUse(database, keyId)
  t.strictSame(await lastUsed(user), first)
  await database.db.execute(
    `UPDATE api_keys SET last_used_at = last_used_at - interval '1 minute' WHERE id = '${keyId}'`,
  )
  t.match(await authenticateApiKey(database, fields.secretSha256), { useIsDue: true })
})

t.test('a key ends with a deletion by its own user, and with its user', async (t) => {
  const [user, other] = [await makeUser(database), await makeUser(database)]
  const fields = newKey(user)
  const made = await createApiKey(database, fields, 50)
  const keyId = made.outcome === 'created' ? made.key.id : ''
  t.equal(await deleteApiKey(database, { userId: other.id, keyId }), false, 'another person’s is not there')
  t.ok(await authenticateApiKey(database, fields.secretSha256))
  t.equal(await deleteApiKey(database, { userId: user.id, keyId }), true)
  t.equal(await deleteApiKey(database, { userId: user.id, keyId }), false)
  t.equal(await authenticateApiKey(database, fields.secretSha256), undefined)
})

t.test('a key ends for good when its user is disabled, and with a deleted one', async (t) => {
  const [disabled, deleted] = [await makeUser(database), await makeUser(database)]
  const keys = [newKey(disabled), newKey(deleted)] as const
  for (const key of keys) await createApiKey(database, key, 50)
  await updateUser(database, disabled.id, { disabled: true })
  await database.db.execute(`UPDATE users SET deleted_at = now() WHERE id = '${deleted.id}'`)
  for (const key of keys) t.equal(await authenticateApiKey(database, key.secretSha256), undefined)
  for (const user of [disabled, deleted]) {
    t.strictSame(await createApiKey(database, newKey(user), 50), { outcome: 'user-gone' })
  }
  await updateUser(database, disabled.id, { disabled: false })
  t.equal(await authenticateApiKey(database, keys[0].secretSha256), undefined)
})
