import { type Redis as RedisServer, startRedis } from '@tintype/scripts/stores'
import { Redis } from 'ioredis'
import { createTestFolder, runDirOf } from './folder.ts'
import type { TestServer } from './postgres.ts'
import type { Scope } from './scope.ts'
import { startTcpProxy } from './tcp-proxy.ts'

export interface TestRedis extends TestServer {
  /** Empties it, as FLUSHALL does. */
  flush(): Promise<void>
  /** Has it accept connections and answer nothing, until `resume`. */
  hang(): Promise<void>
  resume(): Promise<void>
}

/**
 * A Redis of the test's own, which it may stop, start again and have hang. It
 * keeps its data over a restart.
 *
 * A start gives the server a new password. Clients know one address and one
 * password for good, so they reach it through a proxy, which lets nobody in
 * before the first password holds again.
 */
export async function startTestRedis(t: Scope): Promise<TestRedis> {
  const dataDir = await createTestFolder(t)
  let server = await startRedis({ dataDir, ...runDirOf() })
  t.teardown(() => server.kill())
  const { password } = new URL(server.url)
  const proxy = await startTcpProxy(t, server.url)
  let running = true

  async function end(how: 'stop' | 'kill'): Promise<void> {
    running = false
    await proxy.cut()
    await server[how]()
  }

  return {
    url: proxy.url,
    get pid() {
      return server.pid
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    async start() {
      if (running) return
      server = await startRedis({ dataDir, port: server.port, ...runDirOf() })
      await command(server, (redis) => redis.config('SET', 'requirepass', password))
      await proxy.restore()
      running = true
    },
    async flush() {
      await command({ url: withPassword(server.url, password) }, (redis) => redis.flushall())
    },
    hang: () => proxy.blackhole(),
    resume: () => proxy.restore(),
  }
}

function withPassword(url: string, password: string): string {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

async function command(
  { url }: Pick<RedisServer, 'url'>,
  run: (redis: Redis) => Promise<unknown>,
): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  try {
    await redis.connect()
    await run(redis)
  } finally {
    redis.disconnect()
  }
}
