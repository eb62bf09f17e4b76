import type { User } from '@tintype/database'
import { poll, startTestRedis, type TestRedis } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { connectRedis, createLogger, disconnectRedis } from '../src/index.ts'
import { type RouteGroup, registerThrottles } from '../src/throttles.ts'
import { createTestServer } from './fixtures.ts'

/** How the gateway's connection is made. */
const FAILS_AT_ONCE = { enableOfflineQueue: false, commandTimeout: 1000, maxRetriesPerRequest: null } as const

const server = await startTestRedis(t)
const tier = { readsPerMinute: 5, uploadsPerMinute: 2, linksPerMinute: 1 }

/** A replica that counts everybody as `?user=`. */
async function startReplica(t: Test, redis: TestRedis = server) {
  const app = createTestServer()
  const connection = connectRedis(redis.url, FAILS_AT_ONCE, createLogger('test', 'silent'))
  t.teardown(() => disconnectRedis(connection))
  t.teardown(() => app.close())
  const throttles = await registerThrottles(app, { redis: connection, anonymousPerMinute: 3 })
  app.get('/as/:group/:id', {
    onRequest: (request, reply) => {
      const { group, id } = request.params as { group: RouteGroup; id: string }
      return throttles.user(request, reply, { user: { id, tier } as User, group })
    },
    handler: async () => 'ok',
  })
  app.get('/open', { onRequest: throttles.address }, async () => 'ok')
  await poll(() => connection.status === 'ready', { waitingFor: 'Redis' })
  return { app, get: (url: string, remoteAddress = '192.0.2.1') => app.inject({ url, remoteAddress }) }
}

t.test('a limit is one over all replicas, and exact', async (t) => {
  const replicas = [await startReplica(t), await startReplica(t)]
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => replicas[i % 2]?.get('/as/read/ann')),
  )
  t.equal(answers.filter((answer) => answer?.statusCode === 200).length, 5)
  const refused = answers.find((answer) => answer?.statusCode === 429)
  t.match(refused?.json(), { code: 'TT_RATE_LIMITED', message: /more than 5 requests/ })
  t.match(refused?.headers, { 'ratelimit-limit': '5', 'ratelimit-remaining': '0' })
  const seconds = Number(refused?.headers['retry-after'])
  t.ok(seconds > 0 && seconds <= 60, 'says when to come back')
  t.equal(refused?.headers['ratelimit-reset'], refused?.headers['retry-after'])

  t.equal((await replicas[0]?.get('/as/read/bob'))?.statusCode, 200, 'another user has their own')
  t.match((await replicas[0]?.get('/as/upload/ann'))?.headers, {
    'ratelimit-limit': '2',
    'ratelimit-remaining': '1',
  })
  t.match((await replicas[1]?.get('/as/link/ann'))?.headers, { 'ratelimit-limit': '1' })
})

t.test('the limit is the tier’s of this moment', async (t) => {
  const { get } = await startReplica(t)
  t.teardown(() => Object.assign(tier, { readsPerMinute: 5 }))
  for (let i = 0; i < 3; i += 1) t.equal((await get('/as/read/carol')).statusCode, 200)
  tier.readsPerMinute = 3
  t.equal((await get('/as/read/carol')).statusCode, 429)
  tier.readsPerMinute = 100
  t.equal((await get('/as/read/carol')).statusCode, 200)
})

t.test('addresses are counted apart, an IPv6 network as one', async (t) => {
  const { get } = await startReplica(t)
  const from = async (address: string) => (await get('/open', address)).statusCode
  for (let i = 0; i < 3; i += 1) t.equal(await from('198.51.100.7'), 200)
  t.equal(await from('198.51.100.7'), 429)
  t.equal(await from('::ffff:198.51.100.7'), 429, 'the same in IPv6’s clothes')
  t.equal(await from('198.51.100.8'), 200)
  for (let i = 0; i < 3; i += 1) t.equal(await from(`2001:db8:0:1::${i}`), 200)
  t.equal(await from('2001:db8:0:1:ffff::1'), 429)
  t.equal(await from('2001:db8:0:2::1'), 200)
})

for (const how of ['stop', 'hang'] as const) {
  t.test(`Redis away (${how}): requests go on uncounted`, async (t) => {
    const redis = await startTestRedis(t)
    const { get } = await startReplica(t, redis)
    t.equal((await get('/as/link/dora')).headers['ratelimit-limit'], '1')
    await redis[how]()
    t.equal((await get('/as/link/dora')).statusCode, 200, 'the first finds out')
    const began = performance.now()
    for (let i = 0; i < 50; i += 1) t.equal((await get('/as/link/dora')).statusCode, 200)
    t.ok(performance.now() - began < 25 * 1000, 'and the others do not wait, each, for a second')
    await (how === 'stop' ? redis.start() : redis.resume())
    await poll(async () => (await get('/as/link/dora')).statusCode === 429, {
      waitingFor: 'requests to be counted again',
    })
  })
}
