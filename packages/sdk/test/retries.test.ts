import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createTestFolder, photo, type Scope } from '@tintype/testkit'
import t from 'tap'
import { createClient } from '../src/index.ts'
import { fileFromPath } from '../src/node.ts'
import { startServer } from './server.ts'

interface Seen {
  method: string
  key: string | undefined
  body: Buffer
}

/** Answers the first requests as told, and all others with what the client wants. */
async function startFaulty(t: Scope, faults: ((response: ServerResponse) => void)[]) {
  const seen: Seen[] = []
  const { url } = await startServer(t, async (request, response) => {
    const key = request.headers['idempotency-key'] as string | undefined
    seen.push({ method: request.method ?? '', key, body: await buffer(request) })
    const fault = faults[seen.length - 1]
    if (fault !== undefined) return fault(response)
    const items = [{ filename: 'a', status: 'accepted', image: { id: 'one' } }]
    response.setHeader('content-type', 'application/json')
    return response.end(JSON.stringify({ items, nextCursor: null, username: 'me', id: 'one', url: '' }))
  })
  return { seen, client: createClient({ baseUrl: url, token: 'token' }) }
}

const refuse =
  (statusCode: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(statusCode, { 'content-type': 'application/json', 'x-request-id': 'r1', ...headers })
    response.end(JSON.stringify({ statusCode, code: 'TT_SOME', error: 'Some', message: 'Some words.' }))
  }
const hangUp = (response: ServerResponse) => response.destroy()
const soon = { 'retry-after': '0' }

t.test('what may be asked twice is asked again', async (t) => {
  const { client, seen } = await startFaulty(t, [refuse(503, soon), hangUp, refuse(429, soon)])
  t.match(await client.me(), { username: 'me' })
  t.equal(seen.length, 4)
})

t.test('what may not is asked once, unless it was not begun', async (t) => {
  const archive = { all: true, rendition: 'original' } as const
  for (const fault of [refuse(503, soon), refuse(500), hangUp]) {
    const { client, seen } = await startFaulty(t, [fault])
    await t.rejects(client.archives.create(archive))
    t.equal(seen.length, 1)
  }
  const { client, seen } = await startFaulty(t, [refuse(429, soon)])
  await client.archives.create(archive)
  t.equal(seen.length, 2)
  t.strictSame(seen[1]?.body, seen[0]?.body, 'with the same body')
})

t.test('an upload is sent again under the same key, whole', async (t) => {
  const file = new Blob([new Uint8Array(await photo({ width: 80, height: 60 }))])
  for (const onProgress of [undefined, () => undefined]) {
    const faults = [refuse(503, soon), hangUp, refuse(409, soon)]
    const { client, seen } = await startFaulty(t, faults)
    t.match(await client.images.upload(file, onProgress && { onProgress }), { id: 'one' })
    t.equal(seen.length, 4)
    t.equal(new Set(seen.map(({ key }) => key)).size, 1)
    t.match(seen[0]?.key, /^[0-9a-f]{32}$/)
    t.ok(seen.every(({ body }) => body.length > file.size))
  }
})

t.test('what will not help is not tried', async (t) => {
  const { client, seen } = await startFaulty(t, [refuse(422)])
  const error = { code: 'TT_SOME', statusCode: 422, message: 'Some words.', requestId: 'r1' }
  await t.rejects(client.images.upload(new Blob(['x'])), error)
  t.equal(seen.length, 1)
})

t.test('a wait that is too long is the caller’s to decide', async (t) => {
  const { client, seen } = await startFaulty(t, [refuse(429, { 'retry-after': '600' })])
  await t.rejects(client.me(), { code: 'TT_SOME', statusCode: 429, retryAfter: 600 })
  t.equal(seen.length, 1)
})

t.test('trying has an end', async (t) => {
  const { client, seen } = await startFaulty(t, Array(9).fill(refuse(503, soon)))
  await t.rejects(client.me(), { code: 'TT_SOME', statusCode: 503 })
  t.equal(seen.length, 5)
})

t.test('a signal ends a wait for the next try', async (t) => {
  const controller = new AbortController()
  const { client } = await startFaulty(t, [
    (response) => {
      refuse(503, { 'retry-after': '60' })(response)
      response.once('finish', () => controller.abort(new Error('enough')))
    },
  ])
  const file = new Blob(['x'])
  await t.rejects(client.images.upload(file, { signal: controller.signal }), { message: 'enough' })
})

t.test('what is not Tintype is said not to be', async (t) => {
  const { url } = await startServer(t, (_request, response) => response.end('<html>'))
  const client = createClient({ baseUrl: url })
  await t.rejects(client.login('a', 'b'), { code: 'BAD_ANSWER' })
  await t.rejects(client.images.upload(new Blob(['x'])), { code: 'BAD_ANSWER' })
})

t.test('nor is a page that stands for an answer', async (t) => {
  const { url } = await startServer(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  })
  const client = createClient({ baseUrl: url, token: 'token' })
  await t.rejects(client.me(), { name: 'TintypeError', code: 'BAD_ANSWER' })
})

t.test('an answer that is cut off is one that was lost', async (t) => {
  const cut = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    response.write('{"username":', () => response.destroy())
  }
  const { client, seen } = await startFaulty(t, [cut, hangUp])
  t.match(await client.me(), { username: 'me' })
  t.equal(seen.length, 3)
  const archives = await startFaulty(t, [cut])
  const order = { all: true, rendition: 'original' } as const
  await t.rejects(
    archives.client.archives.create(order),
    { code: 'NETWORK' },
    'said where it may not be asked again',
  )
  const uploads = await startFaulty(t, [cut])
  t.match(await uploads.client.images.upload(new Blob(['x'])), { id: 'one' })
  t.equal(uploads.seen.length, 2)
})

t.test('what an earlier try deleted is deleted', async (t) => {
  const lost = await startFaulty(t, [hangUp, refuse(404)])
  t.equal(await lost.client.images.delete('one'), undefined)
  const never = await startFaulty(t, [refuse(429, soon), refuse(404)])
  await t.rejects(never.client.images.delete('one'), { name: 'TintypeError', statusCode: 404 })
})

t.test('the signal of a client ends all that it does', async (t) => {
  const stop = new AbortController()
  const asked = Promise.withResolvers<void>()
  const { url } = await startServer(t, () => asked.resolve())
  const client = createClient({ baseUrl: url, token: 'token', signal: stop.signal })
  const everything: Promise<unknown>[] = [
    client.me(),
    client.links.revoke('one'),
    client.images.waitUntilReady('one'),
  ]
  await asked.promise
  stop.abort(new Error('enough'))
  for (const one of everything) await t.rejects(() => one, { message: 'enough' })
  await t.rejects(client.images.upload(new Blob(['x'])), { message: 'enough' })
})

t.test(
  'but for an exchange of tokens, which is the end of a session when it is given up halfway',
  async (t) => {
    const stop = new AbortController()
    const { url } = await startServer(t, (request, response) => {
      if (request.url !== '/v1/auth/refresh') return response.writeHead(401).end()
      stop.abort(new Error('enough'))
      return response.end(JSON.stringify({ accessToken: 'next', refreshToken: 'next', expiresIn: 900 }))
    })
    const kept = Promise.withResolvers<string | undefined>()
    const client = createClient({
      baseUrl: url,
      token: 'gone',
      refreshToken: 'gone',
      signal: stop.signal,
      onTokens: (tokens) => kept.resolve(tokens?.accessToken),
    })
    await t.rejects(client.me(), { message: 'enough' })
    t.equal(await kept.promise, 'next')
  },
)

t.test('a file that changes while it is sent is not the server’s fault', async (t) => {
  let count = 0
  const { url } = await startServer(t, (request) => {
    count += 1
    request.resume()
  })
  const client = createClient({ baseUrl: url, token: 'token' })
  const path = join(await createTestFolder(t), 'changing.jpg')
  await writeFile(path, 'as it was')
  const file = await fileFromPath(path)
  await writeFile(path, 'and as it is then')
  for (const options of [{}, { onProgress: () => undefined }]) {
    await t.rejects(client.images.upload(file, options), { name: 'NotReadableError' })
  }
  t.ok(count <= 2, 'and is not sent again')
})

t.test('administration is where the server has it', async (t) => {
  const paths: (string | undefined)[] = []
  const { url } = await startServer(t, (request, response) => {
    paths.push(request.url)
    response.end('{"items":[]}')
  })
  const client = createClient({ baseUrl: `${url}/`, token: 'token', adminPath: 'backstage' })
  await client.admin.tiers.list()
  await client.me()
  t.strictSame(paths, ['/v1/backstage/tiers', '/v1/me'])
})
