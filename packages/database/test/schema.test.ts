import t from 'tap'
import { getTableConfig, is, PgTable, sql } from '../src/orm.ts'
import * as schema from '../src/schema.ts'
import { openMigrated } from './fixtures.ts'

/** PostgreSQL's names for the types that Drizzle declares. */
const TYPE_NAMES: Record<string, string> = {
  timestamptz: 'timestamp with time zone',
  'integer[]': 'integer[]',
}

interface Column {
  table: string
  name: string
  type: string
  nullable: boolean
  hasDefault: boolean
}

function declared(): Column[] {
  const tables = Object.values(schema).filter((value) => is(value, PgTable))
  return tables.flatMap((table) => {
    const config = getTableConfig(table)
    return config.columns.map((column) => ({
      table: config.name,
      name: column.name,
      type: TYPE_NAMES[column.getSQLType()] ?? column.getSQLType(),
      nullable: !column.notNull,
      hasDefault: column.hasDefault,
    }))
  })
}

const inOrder = (columns: Column[]) =>
  columns.toSorted((a, b) => `${a.table}.${a.name}`.localeCompare(`${b.table}.${b.name}`))

t.test('the migrations make the tables that the queries are written for', async (t) => {
  const { db } = await openMigrated(t)
  const rows = await db.execute<Column & Record<string, unknown>>(sql`
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
      NOT a.attnotnull AS nullable, (a.atthasdef OR a.attidentity <> '') AS "hasDefault"
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`)
  t.strictSame(inOrder(rows.map((row) => ({ ...row }))), inOrder(declared()))
})

t.test('every foreign key has an index that begins with its columns', async (t) => {
  const { db } = await openMigrated(t)
  const rows = await db.execute(sql`
    SELECT c.conrelid::regclass::text AS table, c.conname AS constraint FROM pg_constraint c
    WHERE c.contype = 'f' AND NOT EXISTS (
      SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])`)
  t.strictSame([...rows], [])
})
