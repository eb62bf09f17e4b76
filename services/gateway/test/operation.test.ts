import { rename } from 'node:fs/promises'
import { createClient, photo } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from './conduct.ts'
import { readEvents } from './events/read-events.ts'
import { startGateway } from './gateway.ts'
import { readiness } from './readiness.ts'

const gateway = await startGateway(t, { env: { CORS_ORIGINS: 'https://app.example, https://other.example' } })
const anybody = createClient(gateway.url)

t.test('liveness and readiness', async (t) => {
  t.match(await anybody.get('/healthz'), { status: 200, body: { status: 'ok' } })
  t.strictSame((await anybody.get('/readyz')).body, {
    status: 'ready',
    dependencies: { postgres: 'ok', store: 'ok', redis: 'ok' },
  })
  await rename(gateway.storeDir, `${gateway.storeDir}-away`)
  const unready = await readiness(anybody, 'unavailable')
  t.equal(unready.status, 503)
  t.strictSame(unready.body.dependencies, { postgres: 'ok', store: 'unavailable', redis: 'ok' })
  t.equal((await anybody.get('/healthz')).status, 200)
  await rename(`${gateway.storeDir}-away`, gateway.storeDir)
  t.equal((await readiness(anybody, 'ready')).status, 200)
})

t.test('metrics', async (t) => {
  const admin = await gateway.signInAsAdmin()
  const image = await admin.uploadOne({ filename: 'a.jpg', bytes: await photo({ width: 64, height: 48 }) })
  await admin.get(`/v1/images/${image.id}`)
  await admin.get('/no/such/path')
  const metrics = await anybody.get('/metrics')
  t.equal(metrics.status, 200)
  t.match(metrics.headers.get('content-type'), /^text\/plain/)
  const text = metrics.bytes.toString()
  t.match(
    text,
    /tintype_http_request_duration_seconds_count\{.*route="\/v1\/images\/:id".*status="200".*\} 1/,
  )
  t.match(text, /tintype_process_resident_memory_bytes/)
  t.notMatch(text, image.id, 'no series for each id')
  t.notMatch(text, /no\/such\/path/)
})

t.test('every answer has an id, which the log knows, and is not sniffed', async (t) => {
  for (const path of ['/healthz', '/v1/me', '/v1/nothing', '/v1/images/%zz']) {
    const answer = await anybody.get(path)
    t.match(answer.headers.get('x-request-id'), /^[0-9a-f-]{36}$/, path)
    t.equal(answer.headers.get('x-content-type-options'), 'nosniff', path)
  }
  const answer = await anybody.get('/v1/me', { headers: { 'x-request-id': 'chosen by the caller' } })
  const id = answer.headers.get('x-request-id')
  t.not(id, 'chosen by the caller')
  await gateway.service.logged((line) => line.reqId === id && line.path === '/v1/me' && line.status === 401)
})

t.test('pages of other origins, where they are allowed', async (t) => {
  const ask = (origin: string) =>
    anybody.request('OPTIONS', '/v1/images', {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })
  t.equal(
    (await ask('https://other.example')).headers.get('access-control-allow-origin'),
    'https://other.example',
  )
  t.equal((await ask('https://evil.example')).headers.get('access-control-allow-origin'), null)
  const plain = await anybody.request('OPTIONS', '/v1/images')
  t.match(plain, { status: 404, body: { code: 'TT_NOT_FOUND' } }, 'what is no preflight is asked of no route')
  const answer = await anybody.get('/v1/me', { headers: { origin: 'https://app.example' } })
  t.match(answer.headers.get('access-control-expose-headers'), /Link, Location, RateLimit-Limit.*Retry-After/)
  const { accessToken: token = '' } = await gateway.signInAsAdmin()
  const stream = await readEvents(t, gateway.url, { token, headers: { origin: 'https://app.example' } })
  t.equal(stream.headers.get('access-control-allow-origin'), 'https://app.example', 'also where it goes on')
  const piece = await anybody.request('OPTIONS', '/v1/tus/of-mine', {
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,tus-resumable,upload-offset',
    },
  })
  t.match(piece.headers.get('access-control-allow-methods'), /HEAD.*PATCH, DELETE/)
  t.match(piece.headers.get('access-control-allow-headers'), /tus-resumable,\s*upload-offset/)
  t.match(
    answer.headers.get('access-control-expose-headers'),
    /Tintype-Image-Id.*Tus-Resumable.*Upload-Offset/,
  )
})

t.test('the log tells who did what, and nothing that opens a door', async (t) => {
  const admin = await gateway.signInAsAdmin()
  await admin.get('/v1/images?q=private')
  const line = await gateway.service.logged((one) => one.path === '/v1/images' && one.method === 'GET')
  t.match(line, { status: 200, address: '127.0.0.1', user: 'admin' })
  t.notMatch(JSON.stringify(gateway.service.logs), /q=private/)
})

t.test('conduct', (t) => checkConduct(t, gateway))
