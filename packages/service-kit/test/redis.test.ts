import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { connectRedis, disconnectRedis } from '../src/index.ts'
import { recordLog } from './fixtures.ts'

t.test('a connection outlives its server, and logs each coming and going once', async (t) => {
  const server = await startTestRedis(t)
  await server.stop()
  const { log, lines, text } = recordLog('info')
  const redis = connectRedis(server.url, { maxRetriesPerRequest: null }, log)
  t.teardown(() => disconnectRedis(redis))
  let retries = 0
  redis.on('reconnecting', () => {
    retries += 1
  })
  await poll(() => retries >= 3)
  await server.start()
  t.equal(await redis.ping(), 'PONG')

  retries = 0
  await server.kill()
  await poll(() => retries >= 3)
  await server.start()
  t.equal(await redis.ping(), 'PONG')
  t.strictSame(
    lines.map((line) => line.level),
    [40, 30, 40, 30],
  )
  t.notMatch(text(), new URL(server.url).password, 'without its password')
})

t.test('it ends at once, connected or not', async (t) => {
  const server = await startTestRedis(t)
  const { log } = recordLog()
  const connected = connectRedis(server.url, {}, log)
  await connected.ping()
  await server.stop()
  const away = connectRedis(server.url, {}, log)
  await poll(() => away.status === 'reconnecting')
  for (const redis of [connected, away]) {
    disconnectRedis(redis)
    await poll(() => redis.status === 'end')
  }
  t.end()
})
