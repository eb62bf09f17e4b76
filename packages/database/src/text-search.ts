import { type AnyColumn, or, type SQL, sql } from './orm.ts'

/** Whether any of these columns contains a text, in any case. What the text holds is no pattern. */
export function containsText(text: string, ...columns: AnyColumn[]): SQL | undefined {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return or(...columns.map((column) => sql`${column} ILIKE ${pattern}`))
}
