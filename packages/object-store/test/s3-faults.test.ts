import { once } from 'node:events'
import { createServer } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { poll } from '@tintype/testkit'
import t, { type Test } from 'tap'
import type { ObjectStore } from '../src/index.ts'
import { createS3Store } from '../src/s3.ts'
import { keysOf, pattern, rejection, repeated, streamOf, TYPE, unending } from './bodies.ts'
import { makeBucket } from './s3-bucket.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const MIB = 1024 ** 2
const FAULT = { name: 'StoreUnavailable', code: 'TT_STORE_UNAVAILABLE' }
/** Short, for a test must see them pass; long enough for a busy machine to answer within. */
const TIMEOUTS = { connectMs: 1500, answerMs: 1500, commitMs: 1500 }

const bucket = await makeBucket(t)
const direct = createS3Store(bucket)
t.teardown(() => direct.close())

function connect(t: Test, endpoint: string, changes = {}): ObjectStore {
  const store = createS3Store({ ...bucket, endpoint, ...changes }, { timeouts: TIMEOUTS })
  t.teardown(() => store.close())
  return store
}

function everyCall(store: ObjectStore): Record<string, () => Promise<unknown>> {
  return {
    put: () => store.put('a', Buffer.alloc(10), { bytes: 10, contentType: TYPE }),
    'put of a stream': () => store.put('a', streamOf(pattern(10)), { bytes: 10, contentType: TYPE }),
    'put of a long stream': () => store.put('a', repeated(16 * MIB), { bytes: 16 * MIB, contentType: TYPE }),
    'put of an empty stream': () => store.put('a', streamOf(pattern(0)), { bytes: 0, contentType: TYPE }),
    get: () => store.get('a'),
    'get of a range': () => store.get('a', { range: { start: 1, end: 2 } }),
    delete: () => store.delete('a'),
    deletePrefix: () => store.deletePrefix('a'),
    list: () => keysOf(store, 'a'),
    copy: () => store.copy('a', 'b'),
    ping: () => store.ping(),
  }
}

t.test('a store that refuses connections', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  const store = connect(t, `http://127.0.0.1:${address.port}`)
  const calls = { ...everyCall(store), head: () => store.head('a') }
  for (const [name, call] of Object.entries(calls)) {
    t.match(await rejection(call()), { ...FAULT, cause: { code: 'ECONNREFUSED' } }, name)
  }
})

t.test('a store that takes connections and never answers', async (t) => {
  const proxy = await startTcpProxy(t, bucket.endpoint)
  proxy.hold()
  const store = connect(t, proxy.url)
  const calls = { ...everyCall(store), head: () => store.head('a') }
  await Promise.all(
    Object.entries(calls).map(async ([name, call]) => t.match(await rejection(call()), FAULT, name)),
  )
  const abort = new AbortController()
  const get = rejection(store.get('a', { signal: abort.signal }))
  abort.abort()
  t.match(await get, { name: 'AbortError' }, 'the abort of a waiting caller is no fault')
})

t.test('a store that refuses us', async (t) => {
  const secretAccessKey = 'not-the-secret'
  const cases = {
    'wrong secret': { credentials: { accessKeyId: bucket.credentials?.accessKeyId, secretAccessKey } },
    'unknown key': { credentials: { accessKeyId: 'nobody', secretAccessKey } },
    'no such bucket': { bucket: 'tt-test-there-is-no-such-bucket' },
  }
  for (const [name, changes] of Object.entries(cases)) {
    const store = connect(t, bucket.endpoint, changes)
    for (const [call, run] of Object.entries(everyCall(store))) {
      const error = await rejection(run())
      t.match(error, FAULT, `${name}: ${call}`)
      t.notMatch(error.message, secretAccessKey)
    }
  }
})

t.test('a refused upload gives its connection back', async (t) => {
  const proxy = await startTcpProxy(t, bucket.endpoint)
  const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' }
  const store = connect(t, proxy.url, { credentials })
  const { body } = unending(pattern(MIB))
  t.match(await rejection(store.put('a', body, { bytes: 64 * MIB, contentType: TYPE })), FAULT)
  t.ok(body.destroyed)
  const deadline = Date.now() + 10_000
  while (proxy.open() > 0 && Date.now() < deadline) await new Promise(setImmediate)
  t.equal(proxy.open(), 0)
})

t.test('a connection that breaks', async (t) => {
  const proxy = await startTcpProxy(t, bucket.endpoint)
  const store = connect(t, proxy.url)
  await store.put('whole', repeated(32 * MIB), { bytes: 32 * MIB, contentType: TYPE })

  const got = await store.get('whole')
  if (!got) throw new Error('the object is not there')
  await once(got.body, 'readable')
  const whole = rejection(buffer(got.body))
  proxy.cut()
  t.match(await whole, FAULT, 'while an object is read: never a short body')
  // By then it has seen the end of all its connections, and takes none of them for the next.
  await poll(async () => (await store.head('whole').catch(() => undefined)) !== undefined)

  const { body, drained } = unending(pattern(MIB))
  const put = rejection(store.put('half', body, { bytes: 2 * MIB, contentType: TYPE }))
  await drained
  proxy.cut()
  t.match(await put, FAULT, 'while an object is written')
  t.ok(body.destroyed)
  t.equal(await direct.head('half'), undefined)
  t.equal((await store.head('whole'))?.bytes, 32 * MIB, 'the store is used again after it came back')
})

t.test('a store that stops half way, and partners who only take their time', async (t) => {
  const proxy = await startTcpProxy(t, bucket.endpoint)
  const stalling = connect(t, proxy.url)
  const healthy = connect(t, bucket.endpoint)
  await healthy.put('large', repeated(32 * MIB), { bytes: 32 * MIB, contentType: TYPE })

  // A reader and a writer on the healthy store do nothing until the stalled ones were given up.
  const patient = await healthy.get('large')
  const { promise: pause, resolve: goOn } = Promise.withResolvers<void>()
  async function* pieces() {
    for (let i = 0; i < 16; i += 1) yield Buffer.alloc(65_536)
    await pause
    yield Buffer.alloc(MIB)
  }
  const slow = Readable.from(pieces())
  const slowPut = healthy.put('slow', slow, { bytes: 2 * MIB, contentType: TYPE })

  const stalled = await stalling.get('large')
  if (!stalled || !patient) throw new Error('the object is not there')
  await once(stalled.body, 'readable')
  proxy.hold()
  t.match(await rejection(buffer(stalled.body)), FAULT, 'it sends nothing more')
  const put = stalling.put('stuck', repeated(64 * MIB), { bytes: 64 * MIB, contentType: TYPE })
  t.match(await rejection(put), FAULT, 'it takes nothing more')
  const answerless = stalling.put('mute', streamOf(pattern(1000)), { bytes: 1000, contentType: TYPE })
  t.match(await rejection(answerless), FAULT, 'it does not confirm')

  goOn()
  await slowPut
  t.equal((await healthy.head('slow'))?.bytes, 2 * MIB, 'a slow body is not a dead store')
  t.equal((await buffer(patient.body)).length, 32 * MIB, 'a slow reader is not one either')
  t.equal(await healthy.head('stuck'), undefined)
})

t.test('readers that pause keep nobody else waiting', async (t) => {
  const store = createS3Store(bucket, { timeouts: TIMEOUTS, maxSockets: 3 })
  t.teardown(() => store.close())
  // More than fits into the buffers between a server and a reader: its connection stays taken.
  await store.put('held', repeated(16 * MIB), { bytes: 16 * MIB, contentType: TYPE })
  const readers = await Promise.all([1, 2, 3].map(() => store.get('held')))
  await store.put('new', Buffer.alloc(10), { bytes: 10, contentType: TYPE })
  await store.put('streamed', streamOf(pattern(10)), { bytes: 10, contentType: TYPE })
  t.equal((await store.head('new'))?.bytes, 10)
  t.ok(await store.ping())
  for (const reader of readers) reader?.body.destroy()
  t.equal((await buffer((await store.get('new'))?.body ?? streamOf(pattern(0)))).length, 10)
})
