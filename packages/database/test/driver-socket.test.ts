import { createTestDatabase, startTcpProxy } from '@tintype/testkit'
import postgres from 'postgres'
import t from 'tap'
import { createDriverSockets } from '../src/driver-socket.ts'
import { isDatabaseUnavailable } from '../src/index.ts'

t.test('a query between a socket’s error and its end is refused, and not forgotten', async (t) => {
  const { url } = await createTestDatabase(t)
  const proxy = await startTcpProxy(t, url)
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const open = createDriverSockets({ connectTimeoutMs: 60_000, silenceTimeoutMs: 60_000 })
  const socket = (address: Parameters<typeof open>[0]) =>
    // Once whoever listens for the error has heard of it.
    open(address).once('error', () => queueMicrotask(() => client`SELECT 1`.catch(resolve)))
  const settings = { max: 1, socket }
  const client = postgres(proxy.url, settings)
  t.teardown(() => client.end({ timeout: 0 }))
  await client`SELECT 1`
  await proxy.cut()
  t.ok(isDatabaseUnavailable(await promise))
})

t.test('a connection that a busy process is late to see is no fault of the server', async (t) => {
  const { url } = await createTestDatabase(t)
  const settings = {
    max: 1,
    socket: createDriverSockets({ connectTimeoutMs: 100, silenceTimeoutMs: 60_000 }),
  }
  const client = postgres(url, settings)
  t.teardown(() => client.end({ timeout: 0 }))
  let turns = 0
  // Busy for longer than that at each of the first turns, in which the connection is made.
  const beBusy = () => {
    const until = Date.now() + 150
    while (Date.now() < until);
    turns += 1
    if (turns < 8) setImmediate(beBusy)
  }
  const answer = client`SELECT 1 AS one`
  setImmediate(beBusy)
  t.same([...(await answer)], [{ one: 1 }])
})
