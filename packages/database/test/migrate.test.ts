import { setTimeout as delay } from 'node:timers/promises'
import { createTestDatabase, startTestPostgres } from '@tintype/testkit'
import t from 'tap'
import { findTier, listTiers, migrate, openDatabase, updateTier } from '../src/index.ts'
import { sql } from '../src/orm.ts'

t.test('four replicas that start at once on an empty database', async (t) => {
  const { url } = await createTestDatabase(t, { empty: true })
  await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)])
  const database = openDatabase(url)
  t.teardown(() => database.close())
  t.match(await listTiers(database), [{ name: 'Basic' }, { name: 'Enterprise' }, { name: 'Premium' }])
  const applied = await database.db.execute(sql`SELECT FROM drizzle.__drizzle_migrations`)
  const { entries } = (await import('../migrations/meta/_journal.json', { with: { type: 'json' } })).default
  t.equal(applied.length, entries.length, 'each migration was applied once')
  const locks = await database.db.execute(sql`
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND database =
      (SELECT oid FROM pg_database WHERE datname = current_database())`)
  t.equal(locks.length, 0, 'nobody holds the lock')
})

t.test('the built-in tiers', async (t) => {
  const { url } = await createTestDatabase(t, { empty: true })
  await migrate(url)
  const database = openDatabase(url)
  t.teardown(() => database.close())
  const common = { linkMinSeconds: 300, linkMaxSeconds: 30_000, generation: 'eager', version: 1 }
  t.match(await findTier(database, 'basic'), {
    ...common,
    thumbnailHeights: [200],
    originalAccess: false,
    linkAccess: false,
    isDefault: true,
  })
  t.match(await findTier(database, 'Premium'), {
    ...common,
    thumbnailHeights: [200, 400],
    originalAccess: true,
    linkAccess: false,
    isDefault: false,
  })
  t.match(await findTier(database, 'ENTERPRISE'), {
    ...common,
    thumbnailHeights: [200, 400],
    originalAccess: true,
    linkAccess: true,
    isDefault: false,
  })
})

t.test('a second start resets no edited tier and brings none back', async (t) => {
  const { url } = await createTestDatabase(t, { empty: true })
  await migrate(url)
  const database = openDatabase(url)
  t.teardown(() => database.close())
  const basic = await findTier(database, 'Basic')
  await updateTier(database, basic?.id ?? '', { name: 'Free', thumbnailHeights: [64] }, () => {})
  await database.db.execute(sql`DELETE FROM tiers WHERE name = 'Premium'`)
  const edited = await listTiers(database)

  await migrate(url)
  t.strictSame(await listTiers(database), edited)
  t.match(edited, [{ name: 'Enterprise' }, { name: 'Free', thumbnailHeights: [64], version: 2 }])
})

t.test('a database that comes up late is waited for', async (t) => {
  const server = await startTestPostgres(t)
  await server.stop()
  const { promise: waiting, resolve: onWaiting } = Promise.withResolvers<unknown>()
  const migrated = migrate(server.url, { onWaiting })
  t.match(await waiting, { cause: { code: 'ECONNREFUSED' } })
  await server.start()
  await migrated
  const database = openDatabase(server.url)
  t.teardown(() => database.close())
  t.equal((await listTiers(database)).length, 3)
})

t.test('a database that never comes up is given up', async (t) => {
  const server = await startTestPostgres(t)
  await server.stop()
  await t.rejects(migrate(server.url, { waitMs: 0 }), { cause: { code: 'ECONNREFUSED' } })
})

t.test('a fault that waiting does not mend is told at once', async (t) => {
  const { url } = await createTestDatabase(t, { empty: true })
  const missing = new URL(url)
  missing.pathname = '/nothing'
  const outcome = await Promise.race([
    migrate(missing.href).catch((error: unknown) => error),
    delay(20_000, 'waits', { ref: false }),
  ])
  t.match(outcome, { cause: { code: '3D000' } })
})
