// In a process of its own: it waits for connections that never answer.

import { setTimeout as delay } from 'node:timers/promises'
import { createTestDatabase, poll, startTcpProxy, startTestPostgres } from '@tintype/testkit'
import t from 'tap'
import { type Database, isDatabaseUnavailable, migrate, openDatabase, updateUser } from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { openMigrated } from './fixtures.ts'

/** What a piece of work rejects with, or that it has not within ten seconds. */
async function rejection(work: Promise<unknown>): Promise<unknown> {
  const rejected = work.then(
    () => undefined,
    (error: unknown) => error,
  )
  const timer = new AbortController()
  const late = delay(10_000, 'hangs', { signal: timer.signal }).catch(() => undefined)
  return Promise.race([rejected, late]).finally(() => timer.abort())
}

/** How many connections to the same database sleep in a query. */
async function sleepers({ db }: Database): Promise<number> {
  const rows = await db.execute(sql`
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'`)
  return rows.length
}

/** The ways in which a verb speaks to PostgreSQL: each meets a fault with an error of its own shape. */
const SPEAKERS: Record<string, (database: Database) => Promise<unknown>> = {
  ping: (database) => database.ping(),
  'a raw statement': ({ db }) => db.execute(sql`SELECT 1`),
  'a built query': ({ db }) => db.query.users.findFirst(),
  'a transaction': (database) => updateUser(database, '00000000-0000-7000-8000-000000000000', {}),
}

t.test('a stopped server', async (t) => {
  const server = await startTestPostgres(t)
  await migrate(server.url)
  const database = openDatabase(server.url)
  t.teardown(() => database.close())
  for (const speak of Object.values(SPEAKERS)) await speak(database)

  await server.stop()
  for (const [name, speak] of Object.entries(SPEAKERS)) {
    t.ok(isDatabaseUnavailable(await rejection(speak(database))), `is unavailable to ${name}`)
  }
  const many = await Promise.all(Array.from({ length: 300 }, () => rejection(database.ping())))
  t.ok(many.every(isDatabaseUnavailable), 'is unavailable to many at once')

  await server.start()
  for (const [name, speak] of Object.entries(SPEAKERS)) {
    await poll(() => speak(database).then(() => true), { waitingFor: `${name} to work again` })
  }
  const [row] = await database.db.execute<{ timezone: string }>(sql`SHOW TimeZone`)
  t.match(row, { TimeZone: 'UTC' })
})

t.test('queries under way when the server is stopped', async (t) => {
  const server = await startTestPostgres(t)
  const database = openDatabase(server.url, { maxConnections: 2 })
  t.teardown(() => database.close())
  await database.ping()
  // Two run, the others wait for a connection.
  const queries = Array.from({ length: 5 }, () => rejection(database.db.execute(sql`SELECT pg_sleep(15)`)))
  const observer = openDatabase(server.url)
  t.teardown(() => observer.close())
  await poll(() => sleepers(observer).then((count) => count === 2))
  await server.kill()
  for (const error of await Promise.all(queries)) t.ok(isDatabaseUnavailable(error), String(error))
})

t.test('a backend that the administrator ends', async (t) => {
  const database = await openMigrated(t, { maxConnections: 1 })
  const other = openDatabase(database.url)
  t.teardown(() => other.close())
  const running = rejection(database.db.execute(sql`SELECT pg_sleep(15)`))
  await poll(async () => {
    const rows = await other.db.execute(sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query ILIKE 'select pg_sleep%'`)
    return rows.length === 1
  })
  t.ok(isDatabaseUnavailable(await running))
  await poll(async () => {
    const error = await rejection(database.ping())
    // The driver may hand the server's last words, 57P01, to the connection's next query.
    if (error !== undefined) t.ok(isDatabaseUnavailable(error), String(error))
    return error === undefined
  })
})

t.test('a server that accepts and never answers', async (t) => {
  const { url } = await createTestDatabase(t)
  const proxy = await startTcpProxy(t, url)
  await proxy.blackhole()
  const database = openDatabase(proxy.url)
  t.teardown(() => database.close())
  for (const [name, speak] of Object.entries(SPEAKERS)) {
    t.ok(isDatabaseUnavailable(await rejection(speak(database))), `is unavailable to ${name}`)
  }
  await proxy.restore()
  await database.ping()
})

t.test('a transaction whose server process dies between two statements', async (t) => {
  const database = await openMigrated(t, { maxConnections: 1 })
  const other = openDatabase(database.url)
  t.teardown(() => other.close())
  await other.db.execute(sql`CREATE TABLE written (gap integer)`)
  for (const gap of [0, 1, 50]) {
    const outcome = await rejection(
      database.db.transaction(async (tx) => {
        const [row] = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`)
        await other.db.execute(sql`SELECT pg_terminate_backend(${row?.pid})`)
        if (gap > 0) await delay(gap)
        await tx.execute(sql`SELECT 1`).catch(() => {})
        // By now its connection may be another query's.
        await delay(20)
        await tx.execute(sql`INSERT INTO written VALUES (${gap})`)
      }),
    )
    t.ok(isDatabaseUnavailable(outcome), 'it is refused')
    await poll(() => database.ping().then(() => true), { timeoutMs: 5000 })
    await delay(40)
    await database.ping()
  }
  t.same([...(await other.db.execute(sql`SELECT * FROM written`))], [], 'none of it is written')
})

t.test('a server that falls silent', async (t) => {
  const { url } = await createTestDatabase(t)
  const proxy = await startTcpProxy(t, url)
  const database = openDatabase(proxy.url, { silenceTimeoutMs: 500 })
  t.teardown(() => database.close())
  for (const [name, speak] of Object.entries(SPEAKERS)) {
    await database.ping()
    await proxy.blackhole()
    t.ok(isDatabaseUnavailable(await rejection(speak(database))), `is unavailable to ${name}`)
    await proxy.restore()
  }
  await database.ping()
})

t.test('a connection that was idle for long is replaced', async (t) => {
  const { url } = await createTestDatabase(t)
  const database = openDatabase(url, { maxConnections: 1, silenceTimeoutMs: 100 })
  t.teardown(() => database.close())
  const backend = async () => (await database.db.execute(sql`SELECT pg_backend_pid() AS pid`))[0]?.pid
  const first = await backend()
  await poll(async () => {
    await delay(150)
    return (await backend()) !== first
  })
})

t.test('a statement that takes too long is ended by the server', async (t) => {
  const database = await openMigrated(t, { statementTimeoutMs: 100 })
  t.ok(isDatabaseUnavailable(await rejection(database.db.execute(sql`SELECT pg_sleep(15)`))))
})

t.test(
  'a connection that fails as it learns the types of the database fails its query, and no more',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const database = openDatabase(url, { statementTimeoutMs: 1 })
    t.teardown(() => database.close())
    const asked = await Promise.all(Array.from({ length: 10 }, () => rejection(database.ping())))
    t.ok(asked.some(isDatabaseUnavailable))
  },
)

t.test('what is no fault of the server', async (t) => {
  const database = await openMigrated(t)
  t.notOk(
    isDatabaseUnavailable(await rejection(database.db.execute(sql`SELECT * FROM nothing`))),
    'wrong SQL',
  )
  t.notOk(isDatabaseUnavailable(await rejection(database.db.execute(sql`SELECT 1 / 0`))), 'wrong data')
  t.notOk(isDatabaseUnavailable(await rejection(fetch('http://127.0.0.1:1/'))), 'another server’s absence')
  t.notOk(
    isDatabaseUnavailable(
      Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: '127.0.0.1' }),
    ),
  )
  t.notOk(isDatabaseUnavailable(new Error('any')))
  t.notOk(isDatabaseUnavailable(undefined))
})

t.test('closing lets a running query end', async (t) => {
  const { url } = await createTestDatabase(t)
  const database = openDatabase(url)
  const observer = openDatabase(url)
  t.teardown(() => observer.close())
  const running = database.db.execute(sql`SELECT pg_sleep(0.2), 1 AS one`).then((rows) => [...rows])
  await poll(() => sleepers(observer).then((count) => count === 1))
  await database.close()
  t.match(await running, [{ one: 1 }])
})
