import { startRedis } from '@tintype/scripts/stores'
import { Redis } from 'ioredis'
import { createTestFolder, runDirOf } from './folder.ts'
import type { TestServer } from './postgres.ts'
import type { Scope } from './scope.ts'

export interface TestRedis extends TestServer {
  /** Empties it, as FLUSHALL does. */
  flush(): Promise<void>
  /** Has it accept connections and answer nothing, until `resume`. */
  hang(): Promise<void>
  resume(): Promise<void>
}

/** A Redis of the test's own, which it may stop, start again and have hang. It keeps its data over a restart. */
export async function startTestRedis(t: Scope): Promise<TestRedis> {
  const dataDir = await createTestFolder(t)
  let server = await startRedis({ dataDir, ...runDirOf() })
  let running = true
  t.teardown(() => server.kill())

  return {
    url: server.url,
    get pid() {
      return server.pid
    },
    async stop() {
      running = false
      await server.stop()
    },
    async kill() {
      running = false
      await server.kill()
    },
    async start() {
      if (running) return
      server = await startRedis({ dataDir, port: server.port, ...runDirOf() })
      running = true
    },
    async flush() {
      const redis = new Redis(server.url, { lazyConnect: true, retryStrategy: () => null })
      try {
        await redis.connect()
        await redis.flushall()
      } finally {
        redis.disconnect()
      }
    },
    async hang() {
      process.kill(server.pid, 'SIGSTOP')
    },
    async resume() {
      process.kill(server.pid, 'SIGCONT')
    },
  }
}
