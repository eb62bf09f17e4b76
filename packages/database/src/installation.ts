import type { Database } from './client.ts'
import { sql } from './orm.ts'
import { installation } from './schema.ts'

/** The id that the first migration gave this database. It goes with its backups. */
export async function getInstallationId({ db }: Database): Promise<string> {
  const [row] = await db.select().from(installation)
  if (row === undefined) throw new Error('the database does not know which installation it is of')
  return row.id
}

/**
 * Counts an orphan sweep that is about to begin, unless the store has been told
 * a higher number than this database knows of (`markedNumber`). A refusal
 * changes nothing: an old database must not catch up with the store by asking often.
 *
 * @returns the new number, or undefined where the database is older than the store.
 */
export async function raiseSweepNumber({ db }: Database, markedNumber: number): Promise<number | undefined> {
  const [row] = await db
    .update(installation)
    .set({ sweepNumber: sql`${installation.sweepNumber} + 1` })
    .where(sql`${installation.sweepNumber} >= ${markedNumber}::bigint`)
    .returning({ sweepNumber: installation.sweepNumber })
  return row?.sweepNumber
}
