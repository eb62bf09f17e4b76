import { createRequire } from 'node:module'

/**
 * Drizzle, loaded as CommonJS. For each ES module that it loads, Node looks up
 * the manifest of the module's package, and Drizzle's is 180 kB: as ES modules it
 * takes 1.3 s of the start of every process, like this 0.2 s (Node 24).
 */
const require = createRequire(import.meta.url)
const core: typeof import('drizzle-orm') = require('drizzle-orm')
const pgCore: typeof import('drizzle-orm/pg-core') = require('drizzle-orm/pg-core')
const driver: typeof import('drizzle-orm/postgres-js') = require('drizzle-orm/postgres-js')
const migrator: typeof import('drizzle-orm/postgres-js/migrator') = require('drizzle-orm/postgres-js/migrator')

export type { AnyColumn, SQL } from 'drizzle-orm'
export type { PostgresJsDatabase } from 'drizzle-orm/postgres-js'
export const {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  is,
  isNotNull,
  isNull,
  lt,
  ne,
  or,
  sql,
} = core
export const {
  bigint,
  boolean,
  customType,
  getTableConfig,
  integer,
  jsonb,
  PgTable,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} = pgCore
export const { drizzle } = driver
export const { migrate: applyMigrations } = migrator
