import t from 'tap'
import {
  authenticate,
  createFirstAdmin,
  createLink,
  createSession,
  createUser,
  deleteTier,
  deleteUser,
  findCredentials,
  findImage,
  findLiveLink,
  findUser,
  finishDeletion,
  finishUserDeletion,
  isUserDeleted,
  listAllImages,
  listAllLiveLinks,
  listAudit,
  listUnfinishedUserDeletions,
  listUsers,
  markImagesDeleting,
  resetDemoUser,
  setPassword,
  updateUser,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { BY, makeImage, makeTier, makeUser, openMigrated, uniqueName } from './fixtures.ts'

t.test('a deleted user', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database, { linkAccess: true })
  const user = await makeUser(database, { tier })
  await updateUser(database, user.id, { email: 'gone@example.com' })
  const images = [await makeImage(database, user), await makeImage(database, user)]
  const [image] = images
  const link = await createLink(database, {
    id: '00000000-0000-7000-8000-000000000001',
    ownerId: user.id,
    imageId: image?.id ?? '',
    target: 'h200',
    expiresInSeconds: 60,
  })
  const session = { userId: user.id, lifeSeconds: 60, userAgent: '', address: '' }
  const ticket = await createSession(database, session)
  if (ticket === undefined || link === undefined) throw new Error('nothing to end')
  await database.db.execute(sql`
    INSERT INTO api_keys (id, user_id, name, scopes, secret_sha256, hint)
    VALUES (${user.id}, ${user.id}, 'key', '{admin}', 'x', 'x')`)

  t.strictSame(await deleteUser(database, user.id, BY), { outcome: 'deleted' })
  t.strictSame(await deleteUser(database, user.id, BY), { outcome: 'not-found' })

  t.test('is seen nowhere', async (t) => {
    t.equal(await findUser(database, user.id), undefined)
    t.equal(await findCredentials(database, user.username), undefined)
    t.equal(await authenticate(database, ticket, 60), undefined)
    t.equal(await createSession(database, session), undefined)
    t.equal(await findLiveLink(database, link.id), undefined)
    t.strictSame(await listAllLiveLinks(database, { limit: 9 }), [])
    t.strictSame(await listUsers(database, { limit: 9 }), [])
    t.strictSame(await listAllImages(database, { limit: 9 }), [])
    t.strictSame(await updateUser(database, user.id, { disabled: false }, BY), { outcome: 'not-found' })
    t.equal(await setPassword(database, { userId: user.id, passwordHash: 'h', by: BY }), false)
    const [{ count } = { count: 1 }] = await database.db.execute(
      sql`SELECT count(*)::integer FROM api_keys WHERE user_id = ${user.id}`,
    )
    t.equal(count, 0)
    const [entry] = await listAudit(database, { limit: 1 })
    t.match(entry, { action: 'user.delete', before: { role: 'user' }, after: null })
    t.notMatch(JSON.stringify(entry), user.username, 'who they were is not kept')
  })

  t.test('frees the name and the address', async (t) => {
    const again = await createUser(database, {
      username: user.username,
      email: 'gone@example.com',
      passwordHash: 'h',
      role: 'user',
      tierId: tier.id,
    })
    t.match(again, { outcome: 'saved' })
    if (again.outcome === 'saved') await deleteUser(database, again.user.id, BY)
  })

  t.test('keeps no tier from being deleted', async (t) => {
    t.strictSame(await deleteTier(database, tier.id, {}, BY), { outcome: 'deleted', moved: 0 })
  })

  t.test('goes once its images are gone, in batches', async (t) => {
    t.ok((await listUnfinishedUserDeletions(database, 9)).includes(user.id))
    t.equal(await finishUserDeletion(database, user.id), false)
    const marked = [
      await markImagesDeleting(database, user.id, 1),
      await markImagesDeleting(database, user.id, 500),
      await markImagesDeleting(database, user.id, 500),
    ]
    t.strictSame(marked, [...images.map(({ id }) => [id]).sort(), []])
    t.equal(await findImage(database, user.id, images[0]?.id ?? ''), undefined)
    const [usage] = await database.db.execute(
      sql`SELECT used_bytes::integer AS bytes, used_images AS images FROM users WHERE id = ${user.id}`,
    )
    t.strictSame(usage, { bytes: 0, images: 0 })
    t.equal(await finishUserDeletion(database, user.id), false)
    for (const { id } of images) await finishDeletion(database, id)
    t.equal(await isUserDeleted(database, user.id), true)
    t.equal(await finishUserDeletion(database, user.id), true)
    t.equal(await isUserDeleted(database, user.id), false)
  })
})

t.test('the last administrator is not deleted, however many at once try', async (t) => {
  const database = await openMigrated(t)
  for (let round = 0; round < 5; round += 1) {
    const admins = await Promise.all([1, 2, 3].map(() => makeUser(database, { role: 'admin' })))
    const outcomes = await Promise.all(
      admins.map(({ id }, index) =>
        index === 1 ? updateUser(database, id, { role: 'user' }) : deleteUser(database, id, BY),
      ),
    )
    t.equal(outcomes.filter(({ outcome }) => outcome === 'last-admin').length, 1)
    await database.db.execute(sql`UPDATE users SET role = 'user'`)
  }
})

t.test('the demo user', async (t) => {
  const database = await openMigrated(t)
  const username = uniqueName('demo')
  const made = await resetDemoUser(database, { username, passwordHash: 'one' })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  const other = await makeTier(database)
  await updateUser(database, made.userId, {
    tierId: other.id,
    disabled: true,
  })
  t.strictSame(await resetDemoUser(database, { username: username.toUpperCase(), passwordHash: 'two' }), {
    outcome: 'reset',
    userId: made.userId,
  })
  t.match(await findCredentials(database, username), {
    user: { role: 'user', disabledAt: Date, tier: { isDefault: true } },
    passwordHash: 'two',
  })
  const somebody = await makeUser(database)
  t.strictSame(await resetDemoUser(database, { username: somebody.username, passwordHash: 'h' }), {
    outcome: 'name-taken',
  })
  t.match(await findCredentials(database, somebody.username), { passwordHash: 'not a hash' })
})

t.test('a demo user that was there first keeps no administrator from being made', async (t) => {
  const database = await openMigrated(t)
  await resetDemoUser(database, { username: uniqueName('demo'), passwordHash: 'one' })
  t.equal(await createFirstAdmin(database, 'root', async () => 'hash'), true)
  t.equal(await createFirstAdmin(database, 'root2', async () => 'hash'), false)
})
