import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createTestFolder, type Scope } from '@tintype/testkit'
import t from 'tap'
import { createClient, endsUpload, TintypeError } from '../src/index.ts'
import { fileFromPath } from '../src/node.ts'
import { startServer } from './server.ts'

const file = new Blob(['a picture'])
const KEPT = '/v1/tus/kept'

type Fault = (response: ServerResponse, request: IncomingMessage) => unknown

/** Has half of an upload; answers the first requests for each path as told, and then as it should. */
async function startHalfway(t: Scope, faults: Record<string, Fault[]>) {
  const seen: string[] = []
  const server = await startServer(t, async (request, response) => {
    const what = `${request.method} ${request.url}`
    seen.push(what)
    const body = await buffer(request)
    const fault = faults[what]?.shift()
    if (fault !== undefined) return fault(response, request)
    response.setHeader('tus-resumable', '1.0.0')
    response.setHeader('tintype-image-id', 'one')
    if (request.method === 'POST') return response.writeHead(201, { location: KEPT }).end()
    if (request.method === 'HEAD') {
      return response.writeHead(200, { 'upload-offset': 4, 'upload-length': file.size }).end()
    }
    if (request.method === 'PATCH') {
      const offset = Number(request.headers['upload-offset']) + body.length
      return response.writeHead(204, { 'upload-offset': offset }).end()
    }
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"one"}')
  })
  const urls = new Map([['mine', `${server.url}${KEPT}`]])
  const uploadUrls = {
    get: (key: string) => urls.get(key),
    set: (key: string, url: string) => urls.set(key, url),
    delete: (key: string) => urls.delete(key),
  }
  const client = createClient({ baseUrl: server.url, token: 'token', retry: { retries: 0 } })
  const upload = (signal?: AbortSignal) =>
    client.images.upload(file, { resumable: true, uploadUrls, uploadKey: 'mine', signal })
  return { ...server, seen, urls, client, uploadUrls, upload }
}

const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end()
const hangUp = (response: ServerResponse) => response.destroy()

t.test('what a proxy answers for a while is not taken for the loss of an upload', async (t) => {
  for (const code of [502, 503, 504]) {
    const { upload, seen, urls } = await startHalfway(t, { [`HEAD ${KEPT}`]: [status(code)] })
    t.match(await upload(), { id: 'one' })
    t.strictSame(seen, [`HEAD ${KEPT}`, `HEAD ${KEPT}`, `PATCH ${KEPT}`, 'GET /v1/images/one'])
    t.equal(urls.size, 0)
  }
})

t.test('what is refused once it is whole is not sent again', async (t) => {
  for (const statusCode of [413, 415, 422]) {
    const { upload, seen, urls } = await startHalfway(t, { [`HEAD ${KEPT}`]: [status(statusCode)] })
    await t.rejects(upload(), { name: 'TintypeError', statusCode })
    t.strictSame(seen, [`HEAD ${KEPT}`])
    t.equal(urls.size, 0, 'and is not gone on with')
  }
})

t.test('what may not be done now is gone on with later', async (t) => {
  for (const statusCode of [401, 403]) {
    const { upload, urls } = await startHalfway(t, { [`HEAD ${KEPT}`]: [status(statusCode)] })
    await t.rejects(upload(), { name: 'TintypeError', statusCode })
    t.equal(urls.size, 1)
  }
})

t.test('what the server has forgotten begins anew', async (t) => {
  for (const code of [404, 410]) {
    const { upload, seen } = await startHalfway(t, { [`HEAD ${KEPT}`]: [status(code)] })
    await upload()
    t.strictSame(seen, [`HEAD ${KEPT}`, 'POST /v1/tus', `PATCH ${KEPT}`, 'GET /v1/images/one'])
  }
})

t.test('an upload is forgotten only once its image was read', async (t) => {
  const { upload, urls } = await startHalfway(t, { 'GET /v1/images/one': [hangUp] })
  await t.rejects(upload(), { code: 'NETWORK' })
  t.equal(urls.size, 1)
  t.match(await upload(), { id: 'one' })
  t.equal(urls.size, 0)
})

t.test('an abort while the address is looked up ends it at once', async (t) => {
  const { client, seen } = await startHalfway(t, {})
  const stop = new AbortController()
  const uploadUrls = {
    get() {
      stop.abort(new Error('stopped'))
      return undefined
    },
    set: () => undefined,
    delete: () => undefined,
  }
  const { signal } = stop
  await t.rejects(client.images.upload(file, { resumable: true, uploadUrls, signal }), { message: 'stopped' })
  t.strictSame(seen, [])
})

t.test('an address that cannot be kept ends it before anything is sent', async (t) => {
  const { client, seen, uploadUrls } = await startHalfway(t, {})
  const full = {
    ...uploadUrls,
    get: () => undefined,
    set() {
      throw new Error('full')
    },
  }
  await t.rejects(client.images.upload(file, { resumable: true, uploadUrls: full }), { message: 'full' })
  t.strictSame(seen, ['POST /v1/tus'])
})

t.test('no token goes where an address leads, but below the server’s', async (t) => {
  const { upload, urls, seen } = await startHalfway(t, {})
  urls.set('mine', '.example.com/elsewhere')
  t.match(await upload(), { id: 'one' })
  t.equal(seen[0], 'POST /v1/tus', 'what was kept is no upload')

  const elsewhere = { location: 'http://127.0.0.1:8/elsewhere' }
  const led = await startHalfway(t, {
    'POST /v1/tus': [(response) => response.writeHead(201, elsewhere).end()],
  })
  led.urls.clear()
  await t.rejects(led.upload(), { code: 'BAD_ANSWER' })
  t.strictSame(led.seen, ['POST /v1/tus'])
})

t.test('a file that changes while it is sent is not the server’s fault', async (t) => {
  const path = join(await createTestFolder(t), 'changing.jpg')
  await writeFile(path, 'as it was')
  const changing = await fileFromPath(path)
  await writeFile(path, 'and as it is then')
  const { url } = await startServer(t, (request, response) => {
    request.resume()
    if (request.method === 'POST') response.writeHead(201, { location: KEPT }).end()
  })
  const client = createClient({ baseUrl: url, token: 'token' })
  await t.rejects(client.images.upload(changing, { resumable: true }), { name: 'NotReadableError' })
})

t.test('one file under two titles is two uploads', async (t) => {
  const { client, uploadUrls } = await startHalfway(t, {})
  const keys = new Set<string>()
  for (const title of ['one', 'another']) {
    const set = (key: string) => keys.add(key)
    await client.images.upload(file, { title, resumable: true, uploadUrls: { ...uploadUrls, set } })
  }
  t.equal(keys.size, 2)
})

t.test('one rule says what ends an upload', async (t) => {
  const of = (statusCode: number | undefined, code = 'TT_SOME') => new TintypeError('', { code, statusCode })
  for (const code of [400, 404, 413, 415, 422]) t.ok(endsUpload(of(code)), `${code}`)
  for (const code of [200, 401, 403, 408, 409, 423, 429, 500, 503]) t.notOk(endsUpload(of(code)), `${code}`)
  t.notOk(endsUpload(of(undefined, 'NETWORK')))
  t.notOk(endsUpload(new Error('stopped')))
})
