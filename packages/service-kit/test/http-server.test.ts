import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { poll } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { Forbidden, type HttpServer } from '../src/index.ts'
import { createTestServer } from './fixtures.ts'

t.test('every answer names its request, may not be sniffed, and is no page unless it says so', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async () => 'hello')
  app.get('/page', async (_request, reply) =>
    reply.header('content-security-policy', "default-src 'self'").send(),
  )
  for (const url of ['/', '/nowhere', '/%zz']) {
    const policy = (await app.inject(url)).headers['content-security-policy']
    t.equal(policy, "default-src 'none'; frame-ancestors 'none'", url)
  }
  t.equal((await app.inject('/page')).headers['content-security-policy'], "default-src 'self'")
  t.equal((await app.inject('/')).headers['referrer-policy'], 'same-origin')
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

t.test('so is one that is refused, and says why', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async () => {
    throw new Forbidden('The tier has none.')
  })
  await app.inject('/')
  t.match(app.logged.lines, [
    { msg: 'request', status: 403, code: 'TT_FORBIDDEN', reason: 'The tier has none.' },
  ])
  t.equal(app.logged.lines.length, 1)
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

/** A connection that sends what it is told and reads only when it is told. */
async function openTo(t: Test, app: HttpServer) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let received = ''
  return {
    socket,
    closed,
    read: () =>
      socket.setEncoding('utf8').on('data', (text) => {
        received += text
      }),
    received: () => received,
  }
}

const HEAD =
  'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'

t.test('closing does not wait for a connection that was never used', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  const opened = once(app.server, 'connection')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const closed = once(socket, 'close')
  socket.resume()
  await opened
  await app.close()
  await closed
})

t.test('a connection that was opened before the close, and speaks after it, is answered', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async () => 'hello')
  const opened = once(app.server, 'connection')
  const { socket, closed, read, received } = await openTo(t, app)
  read()
  await opened
  const ended = app.close()
  // Once it listens no more.
  await poll(() => !app.server.listening)
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await closed
  t.match(received(), /^HTTP\/1.1 200 OK.*hello$/s)
  await ended
})

t.test('an answer that comes before the end of the body ends the connection', async (t) => {
  const app = createTestServer()
  app.post('/', { onRequest: async (_request, reply) => reply.code(403).send('no') }, async () => 'yes')
  const early = await openTo(t, app)
  early.read()
  early.socket.write(`${HEAD}{`)
  await early.closed
  t.ok(app.server.headersTimeout > 0, 'nor is a head waited for without end')
  t.match(early.received(), /^HTTP\/1.1 403 .*connection: close.*no$/s)
  const { port } = app.server.address() as AddressInfo
  const whole = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'whole' })
  t.strictSame([whole.status, whole.headers.get('connection')], [403, 'keep-alive'])
  t.equal((await app.inject({ method: 'POST', url: '/', payload: 'whole' })).headers.connection, 'keep-alive')
})

t.test('an answer of which nobody takes a byte is cut, and its source ended', async (t) => {
  const app = createTestServer({ stallTimeoutMs: 100 })
  const source = new Readable({
    read() {
      this.push(Buffer.alloc(65_536))
    },
  })
  app.get('/', async (_request, reply) => reply.send(source))
  const { socket } = await openTo(t, app)
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.ok(await poll(() => source.destroyed))
})

t.test('what is no HTTP, or ends before its end, is answered in the shape of every error', async (t) => {
  const app = createTestServer()
  app.post('/', async (request) => request.body)
  const REQUESTS: [name: string, text: string, status: number, code: string][] = [
    ['a method that does not exist', 'FOO / HTTP/1.1\r\nhost: localhost\r\n\r\n', 400, 'TT_BAD_REQUEST'],
    ['two lengths', `${HEAD.slice(0, -2)}content-length: 2\r\n\r\n{}`, 400, 'TT_BAD_REQUEST'],
    [
      'a length, and chunks',
      `${HEAD.slice(0, -2)}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'TT_BAD_REQUEST',
    ],
    ['a body that is cut', `${HEAD}{`, 400, 'TT_BODY_TRUNCATED'],
    [
      'a head of 20 kB',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'TT_HEADERS_TOO_LARGE',
    ],
  ]
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  for (const [name, text, status, code] of REQUESTS) {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk
    })
    socket.end(text)
    await once(socket, 'close')
    const [head = '', body = ''] = received.split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `), name)
    t.match(head, /^connection: close$/im, name)
    t.match(JSON.parse(body), { statusCode: status, code, error: String, message: String }, name)
  }
})

t.test('a body of text is none that is taken', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.post('/', async (request) => request.body)
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'text/plain' },
    payload: '{}',
  })
  t.match(answer.json(), { statusCode: 415, code: 'TT_UNSUPPORTED_MEDIA_TYPE' })
})
