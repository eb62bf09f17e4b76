import type { Database } from './client.ts'
import { installation } from './schema.ts'

/** The id that the first migration gave this database. It goes with its backups. */
export async function getInstallationId({ db }: Database): Promise<string> {
  const [row] = await db.select().from(installation)
  if (row === undefined) throw new Error('the database does not know which installation it is of')
  return row.id
}
