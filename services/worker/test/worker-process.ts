import { readFileSync } from 'node:fs'
import { openDatabase } from '@tintype/database'
import { createProducer, PRODUCER_REDIS, type Producer } from '@tintype/jobs'
import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import {
  createTestKeys,
  poll,
  type Scope,
  type Service,
  type ServiceOptions,
  startService,
  type TestRedis,
} from '@tintype/testkit'
import type { Bench } from './bench.ts'

/** Starts a worker's own process on the bench's stores, with two decoders. */
export function startWorker(
  t: Scope,
  { databaseUrl, storeUrl }: Pick<Bench, 'databaseUrl' | 'storeUrl'>,
  redis: Pick<TestRedis, 'url'>,
  { env, ...options }: ServiceOptions = {},
): Promise<Service> {
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, STORE_URL: storeUrl }
  const keys = { WEBHOOK_ENCRYPTION_KEYS: createTestKeys().webhookEncryptionKeys }
  return startService(t, 'worker', {
    ...options,
    env: { ...stores, ...keys, WORKER_CONCURRENCY: '2', ...env },
  })
}

/** As `poll`, for what other processes do on a machine that has more to do: 30 s unless told. */
export function eventually<T>(condition: () => T | Promise<T>, timeoutMs = 30_000) {
  return poll(condition, { timeoutMs })
}

/** A producer such as the gateway has, connected. */
export async function openProducer(t: Scope, redis: Pick<TestRedis, 'url'>): Promise<Producer> {
  const connection = connectRedis(redis.url, PRODUCER_REDIS, createLogger('worker', 'silent'))
  t.teardown(() => disconnectRedis(connection))
  const producer = createProducer(connection)
  await poll(() => producer.ping().then(() => true))
  return producer
}

/** The child processes that a process has now (proc_pid_children(5)). */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((text) => text.trim() !== '')
    .map(Number)
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Has no derivation be published until it is released, while all else goes on. */
export async function holdPublications({
  databaseUrl,
}: Pick<Bench, 'databaseUrl'>): Promise<{ release(): Promise<void> }> {
  // Silent for longer than a service's connection may be: until a killed worker's lock has expired.
  const database = openDatabase(databaseUrl, { maxConnections: 1, silenceTimeoutMs: 120_000 })
  const held = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const transaction = database.db.transaction(async (tx) => {
    // Readers pass; what is written to the table waits.
    await tx.execute('LOCK TABLE renditions IN SHARE MODE')
    held.resolve()
    await end.promise
  })
  transaction.catch(held.reject)
  await held.promise
  return {
    async release() {
      end.resolve()
      await transaction
      await database.close()
    },
  }
}

/** Ends the statements of clients that died while they waited for a lock: PostgreSQL would still run them. */
export async function endWaitingStatements({ query }: Bench): Promise<number> {
  const rows = await query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  return rows.length
}
