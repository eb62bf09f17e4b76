import { spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { startPostgres } from '../../stores/postgres.ts'
import { scratchFolder } from '../scratch.ts'

async function query(url: string, work: (sql: postgres.Sql) => Promise<unknown>) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

t.test('keeps its data and its address over a stop and over a kill', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startPostgres({ dataDir })
  await query(first.url, (sql) => sql`CREATE TABLE kept (word text)`)
  await query(first.url, (sql) => sql`INSERT INTO kept VALUES ('stopped')`)
  await first.stop()
  t.equal((await first.exited).code, 0, 'it ended in order')

  const second = await startPostgres({ dataDir, port: first.port })
  t.equal(second.url, first.url)
  await query(second.url, (sql) => sql`INSERT INTO kept VALUES ('killed')`)
  await second.kill()
  t.equal((await second.exited).signal, 'SIGKILL')

  const third = await startPostgres({ dataDir, port: first.port })
  const rows = await query(third.url, (sql) => sql`SELECT word FROM kept ORDER BY word`)
  t.match(rows, [{ word: 'killed' }, { word: 'stopped' }])
  await third.stop()
})

const dataDir = scratchFolder(t)
const store = await startPostgres({ dataDir, ephemeral: true })
t.teardown(() => store.kill())

t.test('is a UTF-8 database of version 18 that knows more than ASCII', async (t) => {
  const [row] = (await query(
    store.url,
    (sql) => sql`
      SELECT current_setting('server_version_num')::int / 10000 AS major,
             current_setting('server_encoding') AS encoding,
             current_setting('fsync') AS fsync,
             lower('ÄÖ') AS lower,
             current_database() AS database`,
  )) as Record<string, unknown>[]
  t.match(row, { major: 18, encoding: 'UTF8', fsync: 'off', lower: 'äö', database: 'tintype' })
})

t.test('lets in nobody without the password, and nobody from outside', async (t) => {
  const wrong = store.url.replace(/:[^:@]+@/, ':wrong@')
  await t.rejects(
    query(wrong, (sql) => sql`SELECT 1`),
    { code: '28P01' },
  )
  t.equal(statSync(join(dataDir, 'password')).mode & 0o777, 0o600)
  t.equal(statSync(join(dataDir, 'cluster')).mode & 0o777, 0o700)
  for (const address of outsideAddresses()) {
    t.equal(await connects(address, store.port), false, `nothing listens on ${address}`)
  }
})

t.test('a cluster that was cut short while it was made is made again', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startPostgres({ dataDir, ephemeral: true })
  await first.stop()
  renameSync(join(dataDir, 'cluster'), join(dataDir, 'cluster.new'))
  const second = await startPostgres({ dataDir, ephemeral: true })
  t.teardown(() => second.kill())
  t.notOk(existsSync(join(dataDir, 'cluster.new')))
  t.ok(await query(second.url, (sql) => sql`SELECT 1`))
})

t.test('a lock that names some other process of today does not stop a start', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startPostgres({ dataDir, ephemeral: true })
  const lock = join(dataDir, 'cluster', 'postmaster.pid')
  const text = readFileSync(lock, 'utf8')
  await first.kill()
  // Not this process: PostgreSQL passes over its own parent.
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  t.teardown(() => other.kill())
  writeFileSync(lock, text.replace(/^\d+/, String(other.pid)))
  const second = await startPostgres({ dataDir, ephemeral: true })
  await second.stop()
})

t.test('a start that fails says why', async (t) => {
  const attempt = startPostgres({ dataDir: scratchFolder(t), port: store.port, ephemeral: true })
  await t.rejects(attempt, { message: /PostgreSQL did not start[\s\S]*Address already in use/ })
})

function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
