import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createClient, type ProblemBody, poll } from '@tintype/testkit'
import t from 'tap'
import { startGateway } from '../gateway.ts'
import { openConnection } from '../raw-http.ts'

/** Answers for the links service: what it was asked is what it says. */
interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

let answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
const links = createServer(async (request, response) => {
  if (answer !== undefined) return answer(request, response)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method, url, headers } = request
  const echo = JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() })
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(echo) })
    .end(request.method === 'HEAD' ? undefined : echo)
}).listen(0, '127.0.0.1')
t.teardown(() => links.closeAllConnections())
t.teardown(() => links.close())
await once(links, 'listening')
const address = links.address()
if (address === null || typeof address === 'string') throw new Error('not a TCP port')

const gateway = await startGateway(t, { env: { LINKS_URL: `http://127.0.0.1:${address.port}` } })
const anybody = createClient(gateway.url)

t.test('what is the links service’s goes there as it came', async (t) => {
  const CALLS: [method: string, path: string][] = [
    ['GET', '/l/abc.def'],
    ['GET', '/l/abc.def?download=true'],
    ['GET', '/v1/images/1/links'],
    ['GET', '/v1/images/1/links?limit=3&cursor=x'],
    ['DELETE', '/v1/images/1/links'],
    ['DELETE', '/v1/links/2'],
    ['GET', '/v1/links/2?q=%2F'],
  ]
  for (const [method, path] of CALLS) {
    const { status, body } = await anybody.request<Echo>(method, path, {
      headers: { authorization: 'Bearer x' },
    })
    t.equal(status, 200)
    t.match(body, { method, url: path, headers: { authorization: 'Bearer x' } }, `${method} ${path}`)
  }
  const posted = await anybody.post<Echo>('/v1/images/1/links', { target: 'original' })
  t.match(posted.body, { method: 'POST', body: '{"target":"original"}' })
  t.equal((await anybody.request('HEAD', '/l/abc.def')).status, 200)
})

t.test('what a caller says of where it comes from is replaced', async (t) => {
  const { body } = await anybody.get<Echo>('/l/x', {
    headers: {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-request-id': 'chosen',
    },
  })
  t.match(body.headers, {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': new URL(gateway.url).host,
    'x-forwarded-proto': 'http',
  })
  t.match(body.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  t.notMatch(JSON.stringify(body), /6\.6\.6\.6|evil|gopher|chosen/)
})

t.test('other paths do not go there', async (t) => {
  let asked = 0
  answer = (_request, response) => {
    asked += 1
    response.end()
  }
  for (const path of [
    '/v1/images/1/linksx',
    '/lx',
    '/v1/images/1/links/../../../metrics',
    '/internal',
    '/L/x',
  ]) {
    t.equal((await anybody.get(path)).status === 200 && asked > 0, false, path)
  }
  for (const path of [
    '/l/..%2f..%2fmetrics',
    '/l/%2e%2e%2fhealthz',
    '/l/..%5c..%5cmetrics',
    '/l/%00',
    '/l//evil.example/x',
  ]) {
    const { status } = await anybody.get(path)
    t.ok(status === 404 || status === 200, `${path}: ${status}`)
  }
  asked = 0
  for (const path of ['/l/..%2fx', '/l/x%2f..', '/v1/links/%2e%2e%2fx', '/v1/images/1/links/..%2fx']) {
    t.match(await anybody.get(path), { status: 404, body: { code: 'TT_NOT_FOUND' } }, path)
  }
  t.equal(asked, 0)
  answer = undefined
})

t.test('bytes, ranges and heads pass through', async (t) => {
  const content = Buffer.alloc(3_000_000, 'tintype')
  answer = (request, response) => {
    if (request.headers.range === 'bytes=1-3') {
      response.writeHead(206, { 'content-range': `bytes 1-3/${content.length}`, 'content-length': 3 })
      return response.end(content.subarray(1, 4))
    }
    response.writeHead(request.headers['if-none-match'] === '"x"' ? 304 : 200, {
      etag: '"x"',
      'content-type': 'image/jpeg',
    })
    response.end(request.method === 'HEAD' || request.headers['if-none-match'] ? undefined : content)
  }
  const whole = await anybody.get('/l/x')
  t.ok(whole.bytes.equals(content))
  t.equal(whole.headers.get('etag'), '"x"')
  const part = await anybody.get('/l/x', { headers: { range: 'bytes=1-3' } })
  t.strictSame([part.status, part.bytes.toString()], [206, 'int'])
  t.equal((await anybody.get('/l/x', { headers: { 'if-none-match': '"x"' } })).status, 304)
  answer = undefined
})

t.test('a visitor who leaves is noticed at the other end', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  answer = (_request, response) => {
    response.writeHead(200)
    response.write('the first of many')
    response.on('close', resolve)
  }
  const leaving = new AbortController()
  const response = await fetch(`${gateway.url}/l/x`, { signal: leaving.signal })
  await response.body?.getReader().read()
  leaving.abort()
  await promise
  t.pass('its connection ended')
  answer = undefined
})

t.test('what links refuses is asked once', async (t) => {
  let asked = 0
  answer = (_request, response) => {
    asked += 1
    response.writeHead(503, { 'retry-after': '1' }).end()
  }
  const refused = await anybody.get('/l/x')
  t.strictSame([refused.status, refused.headers.get('retry-after')], [503, '1'])
  t.equal(asked, 1)
  answer = undefined
})

t.test('headers that are between a caller and us go no further', async (t) => {
  const lines = [
    'Expect: 100-continue',
    'Upgrade: websocket',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'X-Forwarded-Port: 6666',
    'X-Forwarded-Prefix: /evil',
  ]
  for (const line of lines) {
    const connection = await openConnection(t, gateway.url)
    await connection.send(`GET /l/x HTTP/1.1\r\nHost: localhost\r\n${line}\r\n\r\n`)
    const { status, body } = await connection.answered<Echo>()
    t.equal(status, 200, line)
    t.notOk((line.split(':')[0] ?? '').toLowerCase() in body.headers, line)
  }
})

t.test('nor do those that are between links and us', async (t) => {
  answer = (_request, response) => {
    response.writeHead(200, { 'keep-alive': 'timeout=600', connection: 'keep-alive', upgrade: 'h2c' })
    response.end('small')
  }
  const connection = await openConnection(t, gateway.url)
  const ended = once(connection.socket, 'end')
  await connection.send('GET /l/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  const { head } = await connection.answered()
  t.match(head, /^connection: close$/im)
  t.notMatch(head, /^(keep-alive|upgrade):/im)
  await ended
  t.pass('whoever asks for the connection to end sees it end')
  answer = undefined
})

t.test('three hundred answers that do not end keep nobody from the links', async (t) => {
  let begun = 0
  answer = (request, response) => {
    response.writeHead(200)
    if (request.url !== '/l/large') return response.end('small')
    begun += 1
    response.write('the first of many')
  }
  const idle = await Promise.all(Array.from({ length: 300 }, () => openConnection(t, gateway.url)))
  for (const { send } of idle) {
    await send('GET /l/large HTTP/1.1\r\nHost: localhost\r\n\r\n')
  }
  await poll(() => begun === 300)
  t.equal((await anybody.get('/l/x')).bytes.toString(), 'small')
  for (const { socket } of idle) socket.destroy()
  answer = undefined
})

t.test('links down', async (t) => {
  links.closeAllConnections()
  links.close()
  for (const path of ['/l/a.secret-token', '/v1/images/1/links', '/v1/links/1']) {
    const refused = await anybody.get<ProblemBody>(path)
    t.match(refused, { status: 503, body: { code: 'TT_LINKS_UNAVAILABLE' } }, path)
    t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
  }
  t.equal((await anybody.get('/readyz')).status, 200, 'the rest goes on')
})

t.test('no token is in the log', async (t) => {
  await anybody.get('/l/one.secret-token?x=secret-token')
  await anybody.get('/l/%73ecret-token/x')
  await poll(() => gateway.service.logs.filter((line) => line.path === '/l/[token]').length >= 2)
  t.notMatch(JSON.stringify(gateway.service.logs), /secret-token|%73ecret/)
})
