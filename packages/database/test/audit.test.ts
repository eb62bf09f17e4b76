import { TIER_DEFAULTS } from '@tintype/domain'
import t from 'tap'
import { createTier, createUser, listAudit, setPassword, updateTier, updateUser } from '../src/index.ts'
import { BY, makeTier, makeUser, openMigrated, uniqueName } from './fixtures.ts'

t.test('the audit log', async (t) => {
  const database = await openMigrated(t)
  const newest = async () => (await listAudit(database, { limit: 1 }))[0]
  const tier = await makeTier(database)
  t.equal(await newest(), undefined, 'what the product does itself is not in it')

  t.test('a new user is noted without the hash of the password', async (t) => {
    const username = uniqueName('user')
    const fields = { username, passwordHash: 'SECRET', role: 'user' as const, tierId: tier.id }
    const made = await createUser(database, fields, BY)
    if (made.outcome !== 'saved') throw new Error(made.outcome)
    const entry = await newest()
    t.match(entry, {
      actorId: BY.id,
      actorName: 'root',
      action: 'user.create',
      subjectType: 'user',
      subjectId: made.user.id,
      subjectName: username,
      before: null,
      address: '192.0.2.1',
      requestId: 'a request',
    })
    t.strictSame(entry?.after, { username, email: null, role: 'user', tier: tier.name, disabled: false })
    t.notMatch(JSON.stringify(entry), 'SECRET')
    t.equal(await setPassword(database, { userId: made.user.id, passwordHash: 'SECRET2', by: BY }), true)
    t.match(await newest(), { action: 'user.password', before: null, after: null })
  })

  t.test('of a change only what differs is kept, and of none nothing', async (t) => {
    const user = await makeUser(database, { tier })
    await updateUser(database, user.id, { role: 'auditor', disabled: false, email: 'a@b.example' }, BY)
    const entry = await newest()
    t.match(entry, { action: 'user.update', subjectId: user.id })
    t.strictSame(entry?.before, { email: null, role: 'user' })
    t.strictSame(entry?.after, { email: 'a@b.example', role: 'auditor' })
    await updateUser(database, user.id, { role: 'auditor' }, BY)
    t.strictSame(await newest(), entry)

    await updateTier(database, tier.id, { quotaImages: 7, linkAccess: false }, () => {}, BY)
    t.match(await newest(), { action: 'tier.update', subjectType: 'tier', subjectId: tier.id })
    t.strictSame((await newest())?.before, { quotaImages: TIER_DEFAULTS.quotaImages })
    t.strictSame((await newest())?.after, { quotaImages: 7 })
  })

  t.test('a refused change leaves no entry', async (t) => {
    const before = await newest()
    const admin = await makeUser(database, { role: 'admin' })
    const other = await makeUser(database)
    t.match(await updateUser(database, admin.id, { disabled: true }, BY), { outcome: 'last-admin' })
    t.match(
      await createUser(
        database,
        { username: other.username, passwordHash: 'h', role: 'user', tierId: tier.id },
        BY,
      ),
      { outcome: 'username-taken' },
    )
    t.match(await createTier(database, { ...TIER_DEFAULTS, name: 'Basic', isDefault: true }, BY), {
      outcome: 'name-taken',
    })
    const refuse = () => {
      throw new Error('refused')
    }
    await t.rejects(updateTier(database, tier.id, { quotaImages: 8 }, refuse, BY), /refused/)
    t.strictSame(await newest(), before)
  })

  t.test('is read by filters and pages', async (t) => {
    const someone = { ...BY, id: '00000000-0000-7000-8000-00000000000b' }
    const user = await makeUser(database)
    for (const role of ['auditor', 'user', 'auditor'] as const)
      await updateUser(database, user.id, { role }, someone)
    const all = await listAudit(database, { limit: 100 })
    t.strictSame(
      all.map(({ id }) => id),
      all
        .map(({ id }) => id)
        .toSorted()
        .reverse(),
      'newest first',
    )
    const ofSomeone = await listAudit(database, { limit: 100, actorId: someone.id })
    t.equal(ofSomeone.length, 3)
    t.strictSame(await listAudit(database, { limit: 100, subjectId: user.id }), ofSomeone)
    t.equal((await listAudit(database, { limit: 100, action: 'tier.update' })).length, 1)
    const [first, second] = ofSomeone
    t.strictSame(
      await listAudit(database, { limit: 1, actorId: someone.id, after: first?.id }),
      ofSomeone.slice(1, 2),
    )
    t.strictSame(
      await listAudit(database, { limit: 9, actorId: someone.id, to: second?.at }),
      ofSomeone.slice(1),
    )
    t.equal((await listAudit(database, { limit: 9, actorId: someone.id, from: new Date(4e12) })).length, 0)
  })
})
