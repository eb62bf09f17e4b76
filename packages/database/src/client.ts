import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema.ts'

export interface Database {
  db: PostgresJsDatabase<typeof schema>
  /** Rejects unless PostgreSQL answers now. */
  ping(): Promise<void>
  /** Lets running queries end, for at most five seconds, then closes every connection. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Connections at most; 10 unless told. */
  maxConnections?: number
  /** The longest a statement may take, in milliseconds; 15,000 unless told. */
  statementTimeoutMs?: number
}

/**
 * Opens a pool of connections. It connects at the first query, so a service
 * starts while PostgreSQL is away and works once it is there.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const client = postgres(url, {
    max: options.maxConnections ?? 10,
    connect_timeout: 3,
    // A second's wait at most before the next try: requests are refused with 503 meanwhile.
    backoff: (retries) => Math.min(1, 0.05 * 2 ** retries),
    onnotice: () => {},
    connection: {
      application_name: 'tintype',
      statement_timeout: options.statementTimeoutMs ?? 15_000,
      TimeZone: 'UTC',
    },
  })
  return {
    db: drizzle(client, { schema }),
    async ping() {
      await client`SELECT 1`
    },
    async close() {
      await client.end({ timeout: 5 })
    },
  }
}

/** SQLSTATE classes and codes that say the server cannot serve now, not that the statement is wrong (PostgreSQL, appendix A). */
const UNAVAILABLE = /^(08...|53...|57P0[1-5]|57014|25006)$/
const DRIVER_CODES = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

/** A query's fault as PostgreSQL told it, below whatever wrapped it. */
function isQueryError(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'DrizzleQueryError' || error.name === 'PostgresError' || isQueryError(error.cause))
  )
}

/** Whether an error means that PostgreSQL cannot be reached or cannot serve now, so that the caller may try again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined) return false
  return UNAVAILABLE.test(code) || (DRIVER_CODES.has(code) && isDriverError(error))
}

function isDriverError(error: unknown): boolean {
  if (isQueryError(error)) return true
  return (
    error instanceof Error &&
    'address' in error &&
    'code' in error &&
    String(error.code).startsWith('CONNECT')
  )
}

/** The name of the unique constraint that a statement ran into, or undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && error.code === '23505' && 'constraint_name' in error)
    return String(error.constraint_name)
  return violatedConstraint(error.cause)
}
