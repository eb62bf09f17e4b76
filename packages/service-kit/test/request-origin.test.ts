import t from 'tap'
import { createOriginCheck } from '../src/request-origin.ts'
import { createTestServer } from './fixtures.ts'

const app = createTestServer()
t.teardown(() => app.close())
const check = createOriginCheck({
  publicUrl: () => 'https://pictures.example/tintype',
  corsOrigins: ['https://app.example'],
})
app.route({
  method: ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE'],
  url: '/',
  onRequest: async (request) => check(request),
  handler: async () => 'ok',
})

const status = async (method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'DELETE', headers: object) =>
  (await app.inject({ method, url: '/', headers: { host: '10.0.0.1:8080', ...headers } })).statusCode

t.test('what changes something must come from a page of ours', async (t) => {
  const OURS = [
    { origin: 'https://pictures.example' },
    { origin: 'http://10.0.0.1:8080' },
    { origin: 'https://app.example' },
    { 'sec-fetch-site': 'same-origin' },
  ]
  const FOREIGN = [
    {},
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://evil.example' },
    { origin: 'https://pictures.example.evil.example' },
    { origin: 'http://pictures.example' },
    { origin: 'https://10.0.0.1:8080' },
    { origin: 'http://10.0.0.1' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { referer: 'https://pictures.example/' },
  ]
  for (const headers of OURS) t.equal(await status('POST', headers), 200, JSON.stringify(headers))
  for (const headers of FOREIGN) {
    t.equal(await status('POST', headers), 403, JSON.stringify(headers))
    t.equal(await status('DELETE', headers), 403)
  }
})

t.test('what changes nothing may come from anywhere', async (t) => {
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
    t.equal(await status(method, { origin: 'https://evil.example' }), 200, method)
  }
})
