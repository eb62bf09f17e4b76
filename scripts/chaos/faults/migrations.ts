import { fileURLToPath } from 'node:url'
import { openDatabase } from '@tintype/database'
import { createTestDatabase, createTestFolder } from '@tintype/testkit'
import { runChild } from '../../stores/child.ts'
import type { Fault } from '../fault.ts'

const MIGRATE = fileURLToPath(new URL('../migrate.ts', import.meta.url))

export const migrationsAtOnce: Fault = {
  name: 'migrations-at-once',
  what: 'two migrate an empty database of the same server at once, two more the one that is in use',
  mayCut: false,
  async run({ stage, healed }) {
    const inUse = stage.stack.databaseUrl
    const empty = (await createTestDatabase(stage.scope, { server: inUse, empty: true })).url
    const runDir = await createTestFolder(stage.scope)
    await Promise.all(
      [empty, empty, inUse, inUse].map((url) =>
        runChild({
          ...{ name: 'migrate', command: process.execPath, args: [MIGRATE], marker: MIGRATE, runDir },
          env: { PATH: process.env.PATH, DATABASE_URL: url },
        }),
      ),
    )
    healed()
    const [one, other] = [await schemaOf(empty), await schemaOf(inUse)]
    if (one !== other) throw new Error('two migrations at once made another schema than one')
  },
}

/** Tables with their columns, and which migrations were applied, how often. */
async function schemaOf(url: string): Promise<string> {
  const database = openDatabase(url, { maxConnections: 1 })
  try {
    const columns = await database.db.execute(`
      SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
      WHERE table_schema = 'public' ORDER BY 1, 2`)
    const applied = await database.db.execute(`
      SELECT hash, count(*)::integer FROM drizzle.__drizzle_migrations GROUP BY hash ORDER BY hash`)
    return JSON.stringify([[...columns], [...applied]])
  } finally {
    await database.close()
  }
}
