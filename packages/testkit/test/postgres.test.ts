import postgres from 'postgres'
import t, { type Test } from 'tap'
import { createTestDatabase, startTestPostgres } from '../src/index.ts'

function connect(t: Test, url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

t.test('a database is there while the test lasts, and goes with it', async (t) => {
  const names: string[] = []
  let open: postgres.Sql | undefined
  await t.test('its life', async (t) => {
    const [one, two] = await Promise.all([createTestDatabase(t), createTestDatabase(t)])
    t.not(one.url, two.url)
    for (const { url } of [one, two]) {
      open = postgres(url, { max: 1, onnotice: () => {} }) // still connected when it is dropped
      const [row] = await open<{ name: string }[]>`SELECT current_database() AS name`
      if (row !== undefined) names.push(row.name)
    }
  })
  const sql = connect(t, process.env.TEST_DATABASE_URL ?? '')
  const rows = await sql`SELECT datname FROM pg_database WHERE datname IN ${sql(names)}`
  t.equal(names.length, 2)
  t.equal(rows.length, 0)
  await open?.end({ timeout: 1 })
})

t.test('says what is missing', async (t) => {
  const before = process.env.TEST_DATABASE_URL
  process.env.TEST_DATABASE_URL = ''
  t.teardown(() => {
    process.env.TEST_DATABASE_URL = before
  })
  await t.rejects(createTestDatabase(t), /TEST_DATABASE_URL is not set/)
})

t.test('a server of its own is stopped, killed and started again at one address', async (t) => {
  const server = await startTestPostgres(t)
  await connect(t, server.url)`CREATE TABLE kept AS SELECT 1 AS one`
  await server.stop()
  await t.rejects(connect(t, server.url)`SELECT 1`, { code: 'ECONNREFUSED' })
  await server.start()
  t.strictSame([...(await connect(t, server.url)`SELECT one FROM kept`)], [{ one: 1 }])
  await server.kill()
  await server.start()
  t.strictSame([...(await connect(t, server.url)`SELECT one FROM kept`)], [{ one: 1 }])
})
