import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { poll, type Scope } from '@tintype/testkit'
import t from 'tap'
import { createHttpServer } from '../src/index.ts'
import { recordLog } from './fixtures.ts'

const TIMEOUT_MS = 300

const app = createHttpServer({ log: recordLog().log, bodyTimeoutMs: TIMEOUT_MS })
t.teardown(() => app.close())
const end = Promise.withResolvers<void>()
app.post('/small', async (request) => request.body)
app.post('/large', { bodyLimit: 1_000_000 }, async (request) => request.body)
app.post('/slow', async () => {
  await end.promise
  return 'done'
})
app.get('/long', async () => {
  await end.promise
  return 'done'
})
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

/** A connection, with what has come over it so far. */
async function send(t: Scope, text: string): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return { socket, received: () => received }
}

/** Its end, whether in order or by a reset: what is written on meanwhile makes it the one or the other. */
const ended = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

const head = (method: string, path: string, length: number) =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

t.test('a body that does not come, or comes too slowly, ends its connection', async (t) => {
  const silent = await send(t, head('POST', '/small', 100))
  await ended(silent.socket)
  t.equal(silent.received(), '')

  const dripping = await send(t, head('POST', '/small', 10_000))
  const drip = setInterval(() => dripping.socket.write(' '), 20)
  t.teardown(() => clearInterval(drip))
  await ended(dripping.socket)
  t.equal(dripping.received(), '')
})

t.test('a body that came may wait for its answer', async (t) => {
  const slow = await send(t, `${head('POST', '/slow', 2)}{}`)
  const long = await send(t, `${head('GET', '/long', 100)}`)
  const large = await send(t, head('POST', '/large', 2))
  const start = performance.now()
  await poll(() => performance.now() - start > TIMEOUT_MS * 2)
  large.socket.write('{}')
  await poll(() => large.received().endsWith('{}'))
  end.resolve()
  await poll(() => slow.received().endsWith('done'))
  await poll(() => long.received().endsWith('done'))
})
