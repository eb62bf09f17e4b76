import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { poll, startTestRedis } from '../src/index.ts'

function connect(t: Test, url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {}) // away on purpose
  t.teardown(() => redis.disconnect())
  return redis
}

t.test('keeps its address, its password and its data over a restart', async (t) => {
  const server = await startTestRedis(t)
  const redis = connect(t, server.url)
  await redis.set('name', 'value')
  const { pid } = server
  await server.stop()
  await poll(() => redis.status === 'reconnecting')
  await server.start()
  t.not(server.pid, pid)
  t.equal(await redis.get('name'), 'value', 'the same connection works again')
  t.equal(await connect(t, server.url).get('name'), 'value', 'so does a new one')
})

t.test('is emptied', async (t) => {
  const server = await startTestRedis(t)
  const redis = connect(t, server.url)
  await redis.set('name', 'value')
  await server.flush()
  t.equal(await redis.get('name'), null)
})

t.test('hangs and goes on', async (t) => {
  const server = await startTestRedis(t)
  const redis = connect(t, server.url)
  await redis.set('name', 'value')
  await server.hang()
  const answer = redis.get('name')
  const other = connect(t, server.url)
  await poll(() => other.status === 'connect')
  await server.resume()
  t.equal(await answer, 'value')
  t.equal(await other.get('name'), 'value')
})
