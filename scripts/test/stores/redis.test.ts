import { Redis } from 'ioredis'
import t from 'tap'
import { startRedis } from '../../stores/redis.ts'
import { scratchFolder } from '../scratch.ts'

/** Connects, asks, and goes. @throws the server's own words when it lets nobody in. */
async function ask<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  let refusal: Error | undefined
  redis.on('error', (error) => {
    refusal = error
  })
  try {
    await redis.connect()
    return await work(redis)
  } catch (error) {
    throw refusal ?? error
  } finally {
    redis.disconnect()
  }
}

t.test('keeps its data and its address over a stop', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startRedis({ dataDir })
  await ask(first.url, (redis) => redis.set('word', 'kept'))
  await first.stop()

  const second = await startRedis({ dataDir, port: first.port })
  t.teardown(() => second.kill())
  t.equal(second.url, first.url)
  t.equal(await ask(second.url, (redis) => redis.get('word')), 'kept')
})

t.test('keeps over a kill what reached its log', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startRedis({ dataDir })
  await ask(first.url, async (redis) => {
    await redis.config('SET', 'appendfsync', 'always') // otherwise it has a second for it
    await redis.set('word', 'kept')
  })
  await first.kill()
  const second = await startRedis({ dataDir, port: first.port })
  t.teardown(() => second.kill())
  t.equal(await ask(second.url, (redis) => redis.get('word')), 'kept')
})

t.test('an ephemeral one keeps nothing', async (t) => {
  const dataDir = scratchFolder(t)
  const first = await startRedis({ dataDir, ephemeral: true })
  await ask(first.url, (redis) => redis.set('word', 'kept'))
  await first.stop()
  const second = await startRedis({ dataDir, port: first.port, ephemeral: true })
  t.teardown(() => second.kill())
  t.equal(await ask(second.url, (redis) => redis.get('word')), null)
})

t.test('wants a password, drops no key, and speaks to this machine alone', async (t) => {
  const store = await startRedis({ dataDir: scratchFolder(t), ephemeral: true })
  t.teardown(() => store.kill())
  await t.rejects(
    ask(`redis://127.0.0.1:${store.port}`, (redis) => redis.ping()),
    /NOAUTH/,
  )
  const setting = (name: string) => ask(store.url, (redis) => redis.config('GET', name))
  t.match(await setting('maxmemory-policy'), ['maxmemory-policy', 'noeviction'])
  t.match(await setting('bind'), ['bind', '127.0.0.1'])
})

t.test('a start that fails says why', async (t) => {
  const first = await startRedis({ dataDir: scratchFolder(t), ephemeral: true })
  t.teardown(() => first.kill())
  const attempt = startRedis({ dataDir: scratchFolder(t), port: first.port, ephemeral: true })
  await t.rejects(attempt, { message: /Redis did not start[\s\S]*Address already in use/ })
})
