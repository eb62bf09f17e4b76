import { randomBytes } from 'node:crypto'
import { findPostgresTools, type PostgresTools, startPostgres } from '@tintype/scripts/stores'
import postgres from 'postgres'
import { createTestFolder, runDirOf } from './folder.ts'
import type { Scope } from './scope.ts'

export interface TestDatabaseOptions {
  /** Whose user may make databases: the one that `TEST_DATABASE_URL` names, unless told. */
  server?: string | undefined
  /** Nothing is in it, not even what migrations make. */
  empty?: boolean
}

/**
 * A fresh database, dropped at the end whoever is still connected. Where
 * `TEST_DATABASE_TEMPLATE` names one that was migrated, it is a copy of that:
 * whoever migrates it then finds nothing to do.
 */
export async function createTestDatabase(
  t: Scope,
  { server, empty = false }: TestDatabaseOptions = {},
): Promise<{ url: string }> {
  const address = server ?? process.env.TEST_DATABASE_URL
  if (address === undefined || address === '') {
    throw new Error('TEST_DATABASE_URL is not set: `npm test` starts a server and sets it')
  }
  const template = (server === undefined && !empty && process.env.TEST_DATABASE_TEMPLATE) || 'template0'
  const name = `tintype_test_${randomBytes(8).toString('hex')}`
  await execute(address, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  t.teardown(() => execute(address, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  const url = new URL(address)
  url.pathname = `/${name}`
  return { url: url.href }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} })
  try {
    await client.unsafe(statement)
  } finally {
    await client.end({ timeout: 5 })
  }
}

export interface TestServer {
  /** The same before and after a restart. */
  readonly url: string
  readonly pid: number
  /** Ends it in order. Without effect where it does not run. */
  stop(): Promise<void>
  /** Ends it as a power failure would. */
  kill(): Promise<void>
  /** Starts it again with its data. Without effect where it runs. */
  start(): Promise<void>
}

/** A server of a PostgreSQL that has `pg_dump` and its like, which are in the folder `tools`. Installed where there is none. */
export async function startPostgresWithTools(t: Scope): Promise<TestServer & { tools: string }> {
  const binaries = await findPostgresTools()
  return Object.assign(await startTestPostgres(t, { binaries }), { tools: binaries.folder })
}

export interface TestPostgresOptions {
  /** Of another PostgreSQL than the embedded one. */
  binaries?: PostgresTools
  /** Whether what it acknowledged survives a kill, as in production. */
  durable?: boolean
}

/** A PostgreSQL server of the test's own, which it may stop: a second or two to start. */
export async function startTestPostgres(
  t: Scope,
  { durable = false, ...another }: TestPostgresOptions = {},
): Promise<TestServer> {
  const dataDir = await createTestFolder(t)
  const password = randomBytes(12).toString('hex')
  const options = { dataDir, password, ephemeral: !durable, ...another, ...runDirOf() }
  let server = await startPostgres(options)
  let running = true
  t.teardown(() => server.kill())
  return {
    url: server.url,
    get pid() {
      return server.pid
    },
    async stop() {
      running = false
      await server.stop()
    },
    async kill() {
      running = false
      await server.kill()
    },
    async start() {
      if (running) return
      server = await startPostgres({ ...options, port: server.port })
      running = true
    },
  }
}
