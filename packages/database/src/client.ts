import postgres from 'postgres'
import { createDriverSockets } from './driver-socket.ts'
import { drizzle, type PostgresJsDatabase } from './orm.ts'
import * as schema from './schema.ts'

export interface Database {
  db: PostgresJsDatabase<typeof schema>
  /** The same pool, each connection of which parses and plans a statement once: for those of `prepareOnce`. */
  prepared: PostgresJsDatabase<typeof schema>
  /** Rejects unless PostgreSQL answers now. */
  ping(): Promise<void>
  /** Lets running queries end, for at most five seconds, then closes every connection. */
  close(): Promise<void>
}

/** What runs statements: the pool, or a transaction of it. */
export type Executor = Pick<Database['db'], 'delete' | 'execute' | 'insert' | 'select' | 'update'>

export interface DatabaseOptions {
  /** Connections at most; 10 unless told. */
  maxConnections?: number
  /** The longest a statement may take, in milliseconds; 15,000 unless told. */
  statementTimeoutMs?: number
  /**
   * After how long without a byte a connection is given up, with what waits on
   * it, in milliseconds; three seconds past the statement timeout unless told.
   */
  silenceTimeoutMs?: number
}

/** How long a connection that nobody uses is kept, in seconds. */
const IDLE_SECONDS = 10

/**
 * Opens a pool of connections. It connects at the first query, so a service
 * starts while PostgreSQL is away and works once it is there.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000
  const settings = {
    max: options.maxConnections ?? 10,
    // Below the silence that ends a socket: the driver closes an idle connection in order, and no query meets it closing.
    idle_timeout: IDLE_SECONDS,
    // A failed try refuses only the query it was made for. With a pause before the next one, those that
    // queue up behind it while the server is away would be refused a few a second, minutes late.
    backoff: () => 0,
    onnotice: () => {},
    connection: {
      application_name: 'tintype',
      statement_timeout: statementTimeoutMs,
      TimeZone: 'UTC',
    },
    socket: createDriverSockets({
      connectTimeoutMs: 3000,
      silenceTimeoutMs: options.silenceTimeoutMs ?? statementTimeoutMs + 3000,
    }),
  } satisfies postgres.Options<Record<string, never>> & { socket: unknown }
  const client = postgres(url, settings)
  return {
    db: drizzle(client, { schema }),
    prepared: drizzle(preparing(client), { schema }),
    async ping() {
      await client`SELECT 1`
    },
    async close() {
      await client.end({ timeout: 5 })
    },
  }
}

/** The client, but that what Drizzle runs is prepared, which the driver does not do of itself for texts that it did not make. */
function preparing(client: postgres.Sql): postgres.Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name !== 'unsafe') return Reflect.get(target, name)
      const unsafe: postgres.Sql['unsafe'] = (text, parameters, options) =>
        target.unsafe(text, parameters, { prepare: true, ...options })
      return unsafe
    },
  })
}

/**
 * SQLSTATE classes and codes that say the server cannot serve now, not that the statement is wrong
 * (PostgreSQL, appendix A). The victim of a deadlock (40P01) may try again like any other.
 */
const SERVER_CODES = /^(08...|53...|57P0[1-5]|57014|25006|40P01)$/
/** What the driver says of its own accord: CONNECT_TIMEOUT, CONNECTION_CLOSED, … */
const DRIVER_CODES = /^CONNECT(ION)?_[A-Z]+$/
const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether an error means that PostgreSQL cannot be reached or cannot serve now, so that the caller may try again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (SERVER_CODES.test(code) || DRIVER_CODES.test(code)) return true
  // The driver notes its statement on what the network threw: that tells it from another server's absence.
  if (NETWORK_CODES.has(code)) return 'query' in error
  return isDatabaseUnavailable(error.cause)
}

/** SQLSTATE of a row that is there twice, and of one that names a row which is not there. */
const CONSTRAINT_CODES = ['23505', '23503']

/** The name of the unique or foreign-key constraint that a statement ran into, or undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && CONSTRAINT_CODES.includes(String(error.code)) && 'constraint_name' in error)
    return String(error.constraint_name)
  return violatedConstraint(error.cause)
}
