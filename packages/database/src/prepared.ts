import type { Database } from './client.ts'

/**
 * A statement of the hot paths, which Drizzle puts together once for a database
 * and PostgreSQL plans once for a connection: for a query by id both cost more
 * than the query. Its text must not depend on its values, which come as
 * `sql.placeholder`.
 */
export function prepareOnce<Statement>(
  build: (db: Database['prepared']) => Statement,
): (database: Database) => Statement {
  const built = new WeakMap<Database['prepared'], Statement>()
  return ({ prepared }) => {
    const statement = built.get(prepared) ?? build(prepared)
    built.set(prepared, statement)
    return statement
  }
}
