import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { poll, resetSocket, startTcpProxy } from '../src/index.ts'

/** Answers each line with `echo <line>`. */
async function startEcho(t: Test): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.setEncoding('utf8').on('data', (text) => socket.write(`echo ${text}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `redis://:secret@127.0.0.1:${address.port}/3`
}

interface Caller {
  socket: Socket
  received(): string
}

function call(t: Test, url: string): Caller {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  t.teardown(() => socket.destroy())
  return { socket, received: () => received }
}

t.test('passes bytes and keeps the rest of the URL', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  t.match(new URL(proxy.url), { password: 'secret', pathname: '/3' })
  const caller = call(t, proxy.url)
  caller.socket.write('one')
  await poll(() => caller.received() === 'echo one')
})

t.test('cut resets connections and refuses new ones until it is restored', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  const before = call(t, proxy.url)
  before.socket.write('one')
  await poll(() => before.received() === 'echo one')
  const reset = once(before.socket, 'error')
  await proxy.cut()
  t.match(await reset, [{ code: 'ECONNRESET' }])
  t.match(await once(call(t, proxy.url).socket, 'error'), [{ code: 'ECONNREFUSED' }])

  await proxy.restore()
  const after = call(t, proxy.url)
  after.socket.write('two')
  await poll(() => after.received() === 'echo two')
})

t.test('a connection that is being ended in order is ended all the same', async (t) => {
  const near = Promise.withResolvers<Socket>()
  const server = createServer({ allowHalfOpen: true }, near.resolve).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const far = call(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  far.socket.on('error', () => {})
  const socket = await near.promise
  const closed = once(socket, 'close')
  socket.end()
  resetSocket(socket)
  await closed
})

t.test('a blackhole answers nothing, and what was said is answered afterwards', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  const old = call(t, proxy.url)
  old.socket.write('one')
  await poll(() => old.received() === 'echo one')

  await proxy.blackhole()
  old.socket.write('two')
  const young = call(t, proxy.url)
  await once(young.socket, 'connect')
  young.socket.write('three')
  // A second proxy that works tells that time enough has passed for an answer.
  const control = call(t, (await startTcpProxy(t, await startEcho(t))).url)
  control.socket.write('control')
  await poll(() => control.received() === 'echo control')
  t.equal(old.received(), 'echo one')
  t.equal(young.received(), '')

  await proxy.restore()
  await poll(() => old.received() === 'echo oneecho two')
  await poll(() => young.received() === 'echo three')
})

t.test('new connections go to another server, once it is told', async (t) => {
  const proxy = await startTcpProxy(t, 'http://127.0.0.1:8')
  proxy.forwardTo(await startEcho(t))
  const one = call(t, proxy.url)
  one.socket.write('one')
  await poll(() => one.received() === 'echo one')
})

t.test('connections break once they have carried as much as was said', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  proxy.breakAfter(() => 20)
  const caller = call(t, proxy.url)
  caller.socket.write('one')
  await poll(() => caller.received() === 'echo one')
  const reset = once(caller.socket, 'error')
  caller.socket.write('two, three and four')
  t.match(await reset, [{ code: 'ECONNRESET' }])

  await proxy.restore()
  const after = call(t, proxy.url)
  after.socket.write('two, three and four')
  await poll(() => after.received() === 'echo two, three and four')
})

t.test('a text is answered in place of the server, also to whoever was connected to it', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  const before = call(t, proxy.url)
  before.socket.write('one')
  await poll(() => before.received() === 'echo one')
  const reset = once(before.socket, 'error')
  proxy.answer('busy')
  t.match(await reset, [{ code: 'ECONNRESET' }])
  const refused = call(t, proxy.url)
  refused.socket.write('two')
  await once(refused.socket, 'end')
  t.equal(refused.received(), 'busy')
})

t.test('a delay holds up both ways, and loses nothing', async (t) => {
  const proxy = await startTcpProxy(t, await startEcho(t))
  proxy.delay(150)
  const caller = call(t, proxy.url)
  const start = performance.now()
  caller.socket.write('one')
  await poll(() => caller.received() === 'echo one')
  t.ok(performance.now() - start >= 290, 'once there, once back')
  await proxy.restore()
  caller.socket.write('two')
  await poll(() => caller.received().endsWith('two'))
  t.equal(caller.received(), 'echo oneecho two', 'nor sends anything twice')
})
