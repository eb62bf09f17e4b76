import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { poll } from '@tintype/testkit'
import t from 'tap'
import { createTestServer } from './fixtures.ts'

t.test('every answer names its request and may not be sniffed', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async () => 'hello')
  const [one, two] = [await app.inject('/'), await app.inject('/')]
  t.equal(one.headers['x-content-type-options'], 'nosniff')
  t.match(one.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  t.not(one.headers['x-request-id'], two.headers['x-request-id'])
  const forged = await app.inject({ url: '/', headers: { 'x-request-id': 'forged', 'request-id': 'forged' } })
  t.not(forged.headers['x-request-id'], 'forged')
})

t.test('a request is one line, without query and tokens', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/l/:token', async () => 'hello')
  const answer = await app.inject({
    url: '/l/secret?password=secret',
    headers: { authorization: 'Bearer secret' },
  })
  t.equal(answer.statusCode, 200)
  t.match(app.logged.lines, [
    {
      msg: 'request',
      reqId: answer.headers['x-request-id'],
      method: 'GET',
      path: '/l/[token]',
      status: 200,
      ms: Number,
      address: '127.0.0.1',
    },
  ])
  t.equal(app.logged.lines.length, 1)
  t.notMatch(app.logged.text(), 'secret')
})

t.test('tokens stay out of the log also where nothing answers or something fails', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/l/:token', async () => {
    throw new Error('fault')
  })
  for (const url of [
    '/l/secret',
    '/l/secret/more',
    '/%6c/secret',
    '//l/secret',
    '/l/%secret',
    `/l/${'secret'.repeat(400)}`,
  ]) {
    await app.inject(url)
  }
  t.ok(app.logged.lines.length >= 6)
  t.notMatch(app.logged.text(), 'secret')
})

t.test('closing answers what was begun, and then waits for nobody', async (t) => {
  const app = createTestServer()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  app.get('/', async () => 'hello')
  app.get('/slow', async () => {
    begin()
    await released
    return 'done'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const send = (path: string) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (text) => {
      received += text
    })
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    t.teardown(() => socket.destroy())
    return { received: () => received, closed: once(socket, 'close') }
  }
  const idle = send('/')
  await poll(() => idle.received().endsWith('hello'))
  const busy = send('/slow')
  await begun
  const closed = app.close()
  await idle.closed
  release()
  await busy.closed
  await closed
  t.match(busy.received(), /^HTTP\/1.1 200 OK.*done$/s)
})
