import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { isDatabaseUnavailable } from './client.ts'
import { applyMigrations, drizzle } from './orm.ts'

/** Any fixed number: it is the name of the lock, shared by every version of every service. */
const MIGRATION_LOCK = 7_463_229_001

export interface MigrateOptions {
  /** How long to wait for PostgreSQL to answer, in milliseconds; 60,000 unless told. */
  waitMs?: number
  /** Told once, when the first try found no server. */
  onWaiting?: (error: unknown) => void
}

/**
 * Brings the schema up to date. Safe with many replicas starting at once: the
 * lock and the migrations share one connection, so the first replica works and
 * the others find nothing left to do.
 *
 * @throws the driver's error when PostgreSQL does not answer within `waitMs`, or a migration's own.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<void> {
  let told = false
  const deadline = performance.now() + (options.waitMs ?? 60_000)
  for (;;) {
    try {
      return await migrateOnce(url)
    } catch (error) {
      if (!isDatabaseUnavailable(error) || performance.now() > deadline) throw error
      if (!told) options.onWaiting?.(error)
      told = true
      await sleep(1000)
    }
  }
}

async function migrateOnce(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 3, max_lifetime: null, onnotice: () => {} })
  try {
    const db = drizzle(client)
    await db.execute(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
    await applyMigrations(db, { migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) })
  } finally {
    // Ends the session, and with it the lock.
    await client.end({ timeout: 5 })
  }
}
