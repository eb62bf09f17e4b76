import t from 'tap'
import {
  authenticate,
  createFirstAdmin,
  createSession,
  createUser,
  findCredentials,
  findTier,
  findUser,
  updateTier,
  updateUser,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeTier, makeUser, openMigrated, uniqueName } from './fixtures.ts'

const NOBODY = '00000000-0000-7000-8000-000000000000'

t.test('users', async (t) => {
  const database = await openMigrated(t)
  const admin = await makeUser(database, { role: 'admin' })

  t.test('one is made as asked, with nothing used', async (t) => {
    const tier = await makeTier(database)
    const username = uniqueName('Ada')
    const email = `${username}@example.com`
    const made = await createUser(database, {
      username,
      email,
      passwordHash: 'h',
      role: 'auditor',
      tierId: tier.id,
    })
    t.match(made, {
      outcome: 'saved',
      user: { username, email, role: 'auditor', disabledAt: null, usedBytes: 0, usedImages: 0, tier },
    })
    if (made.outcome !== 'saved') return
    t.ok(made.user.createdAt instanceof Date)
    t.strictSame(await findUser(database, made.user.id), made.user)
    t.strictSame(await findCredentials(database, username.toUpperCase()), {
      user: made.user,
      passwordHash: 'h',
    })
  })

  t.test('names and addresses are unique in any case', async (t) => {
    const tierId = admin.tier.id
    const username = uniqueName('user')
    const email = `${username}@example.com`
    const fields = { username, email, passwordHash: 'h', role: 'user' as const, tierId }
    await createUser(database, fields)
    t.strictSame(
      await createUser(database, { ...fields, username: username.toUpperCase(), email: undefined }),
      {
        outcome: 'username-taken',
      },
    )
    t.strictSame(
      await createUser(database, { ...fields, username: uniqueName('user'), email: email.toUpperCase() }),
      {
        outcome: 'email-taken',
      },
    )
    const without = await Promise.all([makeUser(database), makeUser(database)])
    t.strictSame(
      without.map((user) => user.email),
      [null, null],
      'having no address is nothing to share',
    )
  })

  t.test('nobody is found as undefined', async (t) => {
    t.equal(await findUser(database, NOBODY), undefined)
    t.equal(await findCredentials(database, 'nobody'), undefined)
    t.strictSame(await updateUser(database, NOBODY, { role: 'admin' }), { outcome: 'not-found' })
  })

  t.test('role and tier change, each by itself', async (t) => {
    const user = await makeUser(database)
    const tier = await makeTier(database)
    t.match(await updateUser(database, user.id, { tierId: tier.id }), { user: { role: 'user', tier } })
    t.match(await updateUser(database, user.id, { role: 'auditor' }), { user: { role: 'auditor', tier } })
    t.match(await updateUser(database, user.id, {}), { user: { role: 'auditor', tier, disabledAt: null } })
  })

  t.test('an edited tier is its users’ tier at once', async (t) => {
    const tier = await makeTier(database)
    const user = await makeUser(database, { tier })
    await updateTier(database, tier.id, { originalAccess: true }, () => {})
    t.match(await findUser(database, user.id), { tier: { originalAccess: true, version: 2 } })
  })

  t.test('disabling ends sessions and links at once; enabling brings none back', async (t) => {
    const user = await makeUser(database)
    const session = { userId: user.id, lifeSeconds: 60, userAgent: '', address: '' }
    const ticket = await createSession(database, session)
    if (ticket === undefined) throw new Error('no session')
    t.match(await authenticate(database, ticket, 60), { id: user.id })

    const disabled = await updateUser(database, user.id, { disabled: true })
    t.ok(disabled.outcome === 'saved' && disabled.user.disabledAt instanceof Date)
    t.equal(await authenticate(database, ticket, 60), undefined)
    t.equal(await createSession(database, session), undefined, 'no new session')
    t.ok(await findCredentials(database, user.username), 'is still found, so that a login can say why')
    const again = await updateUser(database, user.id, { disabled: true })
    t.strictSame(again, disabled, 'since when, stays')

    t.match(await updateUser(database, user.id, { disabled: false }), { user: { disabledAt: null } })
    t.equal(await authenticate(database, ticket, 60), undefined, 'the old session stays ended')
    t.ok(await createSession(database, session))
    const [row] = await database.db.execute(sql`SELECT link_epoch FROM users WHERE id = ${user.id}`)
    t.strictSame(row, { link_epoch: 2 })
  })
})

t.test('the last administrator', async (t) => {
  const database = await openMigrated(t)
  const admin = await makeUser(database, { role: 'admin' })
  await makeUser(database, { role: 'auditor' })
  const lastAdmin = { outcome: 'last-admin' }

  t.strictSame(await updateUser(database, admin.id, { role: 'user' }), lastAdmin)
  t.strictSame(await updateUser(database, admin.id, { disabled: true }), lastAdmin)
  t.strictSame(await updateUser(database, admin.id, { role: 'admin', disabled: true }), lastAdmin)
  t.match(await updateUser(database, admin.id, { role: 'admin', disabled: false }), { outcome: 'saved' })
  t.match(await findUser(database, admin.id), { role: 'admin', disabledAt: null })

  const second = await makeUser(database, { role: 'admin' })
  t.match(await updateUser(database, second.id, { disabled: true }), { outcome: 'saved' })
  t.strictSame(
    await updateUser(database, admin.id, { role: 'user' }),
    lastAdmin,
    'a disabled one does not count',
  )
  t.match(await updateUser(database, second.id, { role: 'user' }), { outcome: 'saved' })
})

t.test('administrators that remove each other at once leave one', async (t) => {
  const database = await openMigrated(t)
  for (let round = 0; round < 5; round += 1) {
    const admins = await Promise.all([1, 2, 3].map(() => makeUser(database, { role: 'admin' })))
    const outcomes = await Promise.all(
      admins.map(({ id }, index) =>
        updateUser(database, id, index === 1 ? { role: 'user' } : { disabled: true }),
      ),
    )
    t.strictSame(outcomes.map(({ outcome }) => outcome).toSorted(), ['last-admin', 'saved', 'saved'])
    await database.db.execute(sql`UPDATE users SET role = 'user'`)
  }
})

t.test('the first administrator', async (t) => {
  t.test('is made once by four replicas at once', async (t) => {
    const database = await openMigrated(t)
    const replicas = ['one', 'two', 'three', 'four']
    await Promise.all(replicas.map(() => database.ping()))
    // All have seen that there is nobody before any goes on.
    const { promise: allHash, resolve: release } = Promise.withResolvers<void>()
    let hashing = 0
    const hash = async () => {
      hashing += 1
      if (hashing === replicas.length) release()
      await allHash
      return 'h'
    }
    const made = await Promise.all(replicas.map((name) => createFirstAdmin(database, name, hash)))
    t.strictSame(made.toSorted(), [false, false, false, true])
    const rows = await database.db.execute(sql`SELECT username FROM users`)
    t.strictSame([...rows], [{ username: replicas[made.indexOf(true)] }])
    const credentials = await findCredentials(database, replicas[made.indexOf(true)] ?? '')
    t.match(credentials, { user: { role: 'admin', tier: { name: 'Enterprise' } }, passwordHash: 'h' })
  })

  t.test('is not made where there is any user, and nothing is hashed', async (t) => {
    const database = await openMigrated(t)
    await makeUser(database)
    t.equal(await createFirstAdmin(database, 'root', () => Promise.reject(new Error('hashed'))), false)
    t.equal(await findCredentials(database, 'root'), undefined)
  })

  t.test('has the default tier where Enterprise was renamed', async (t) => {
    const database = await openMigrated(t)
    const enterprise = await findTier(database, 'Enterprise')
    await updateTier(database, enterprise?.id ?? '', { name: 'Gold' }, () => {})
    t.equal(await createFirstAdmin(database, 'root', async () => 'h'), true)
    t.match(await findCredentials(database, 'root'), { user: { tier: { name: 'Basic' } } })
  })

  t.test('has Enterprise also where that is the default one', async (t) => {
    const database = await openMigrated(t)
    const enterprise = await findTier(database, 'Enterprise')
    await updateTier(database, enterprise?.id ?? '', { isDefault: true }, () => {})
    t.equal(await createFirstAdmin(database, 'root', async () => 'h'), true)
    t.match(await findCredentials(database, 'root'), { user: { tier: { name: 'Enterprise' } } })
  })
})
