import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { poll, type Scope } from '@tintype/testkit'
import t from 'tap'
import { watchRate } from '../../src/uploads/rate-watch.ts'

const WINDOW_MS = 100

/** The two ends of a connection; what arrives at `receiver` is read. */
async function connection(t: Scope): Promise<{ sender: Socket; receiver: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP port')
  const sender = connect(address.port, '127.0.0.1')
  const [receiver] = (await once(server, 'connection')) as [Socket]
  t.teardown(() => {
    sender.destroy()
    receiver.destroy()
    server.close()
  })
  receiver.resume()
  return { sender, receiver }
}

/** As many windows as it takes to see that nothing comes of them. */
async function windowsPass(count: number): Promise<void> {
  const start = performance.now()
  await poll(() => performance.now() - start > count * WINDOW_MS)
}

t.test('a sender that goes silent is slow, once', async (t) => {
  const { sender, receiver } = await connection(t)
  let slow = 0
  using _watch = watchRate(receiver, { minBytesPerSecond: 1000, windowMs: WINDOW_MS }, () => slow++)
  sender.write(Buffer.alloc(5000))
  await poll(() => slow > 0)
  await windowsPass(3)
  t.equal(slow, 1)
})

t.test('a sender that drips is slow', async (t) => {
  const { sender, receiver } = await connection(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  using _watch = watchRate(receiver, { minBytesPerSecond: 100_000, windowMs: WINDOW_MS }, resolve)
  const drip = setInterval(() => sender.write('x'), 10)
  t.teardown(() => clearInterval(drip))
  await promise
})

t.test('a sender that keeps the rate is not', async (t) => {
  const { sender, receiver } = await connection(t)
  let slow = 0
  // Ten times what is asked, so that a machine that is busy does not make it late.
  using _watch = watchRate(receiver, { minBytesPerSecond: 1000, windowMs: WINDOW_MS }, () => slow++)
  const flow = setInterval(() => sender.write(Buffer.alloc(500)), 10)
  t.teardown(() => clearInterval(flow))
  await windowsPass(5)
  t.equal(slow, 0)
})

t.test('nobody is slow while we do not read, nor after the end', async (t) => {
  const { receiver } = await connection(t)
  let slow = 0
  const watch = watchRate(receiver, { minBytesPerSecond: 1000, windowMs: WINDOW_MS }, () => slow++)
  watch.pause()
  await windowsPass(3)
  t.equal(slow, 0, 'paused')
  watch.resume()
  await poll(() => slow === 1)
  watch[Symbol.dispose]()

  {
    using _ended = watchRate(receiver, { minBytesPerSecond: 1000, windowMs: WINDOW_MS }, () => slow++)
  }
  await windowsPass(3)
  t.equal(slow, 1, 'ended')
})

t.test('a rate of zero lets everybody be', async (t) => {
  const { receiver } = await connection(t)
  let slow = 0
  using _watch = watchRate(receiver, { minBytesPerSecond: 0, windowMs: WINDOW_MS }, () => slow++)
  await windowsPass(3)
  t.equal(slow, 0)
})
