import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { createFileStore, type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { createTestFolder, poll } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { contentDisposition, type SentObject, sendObject } from '../src/index.ts'
import { parseRange } from '../src/send-object.ts'
import { createTestServer } from './fixtures.ts'

const BYTES = Buffer.from('0123456789')
const KEY = 'renditions/1/h200.g1.jpg'
/** One for each key, from which the key cannot be read. */
const ETAG = `"${createHash('sha256').update(KEY).digest('base64url').slice(0, 22)}"`

async function setUp(t: Test, more: Partial<SentObject> = {}, bytes = BYTES) {
  const folder = join(await createTestFolder(t), 'store')
  const store = await createFileStore(folder)
  await store.put(KEY, bytes, { bytes: bytes.length, contentType: 'image/jpeg' })
  const sent: SentObject = {
    key: KEY,
    bytes: bytes.length,
    contentType: 'image/jpeg',
    filename: 'picture.jpg',
    attachment: false,
    cacheControl: 'private, no-cache',
    ranges: true,
    ...more,
  }
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', (request, reply) => sendObject(request, reply, store, sent))
  const get = async (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
    const answer = await app.inject({ method, url: '/', headers })
    return { status: answer.statusCode, headers: answer.headers, text: answer.body }
  }
  return { app, store, folder, get }
}

t.test('the whole object', async (t) => {
  const { get } = await setUp(t)
  t.match(await get(), {
    status: 200,
    text: '0123456789',
    headers: {
      'content-type': 'image/jpeg',
      'content-length': '10',
      etag: ETAG,
      'cache-control': 'private, no-cache',
      vary: 'Accept',
      'accept-ranges': 'bytes',
      'content-disposition': `inline; filename="picture.jpg"; filename*=UTF-8''picture.jpg`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    },
  })
})

t.test('an attachment', async (t) => {
  const { get } = await setUp(t, { attachment: true, filename: 'Über.jpg' })
  t.match((await get()).headers, {
    'content-disposition': `attachment; filename="_ber.jpg"; filename*=UTF-8''%C3%9Cber.jpg`,
  })
})

t.test('HEAD tells what GET would, and sends and reads nothing', async (t) => {
  const { get, store } = await setUp(t)
  const whole = await get()
  await store.delete(KEY)
  const head = await get({}, 'HEAD')
  t.equal(head.status, 200)
  t.equal(head.text, '')
  for (const name of [
    'content-length',
    'content-type',
    'etag',
    'accept-ranges',
    'content-disposition',
    'cache-control',
  ]) {
    t.equal(head.headers[name], whole.headers[name], name)
  }
  t.match(await get({ range: 'bytes=0-1' }, 'HEAD'), { status: 200, headers: { 'content-length': '10' } })
  t.match(await get({ 'if-none-match': ETAG }, 'HEAD'), { status: 304 })
})

t.test('what the client has is not sent again', async (t) => {
  const { get, store } = await setUp(t)
  await store.delete(KEY) // nothing is read for it
  for (const header of [ETAG, `W/${ETAG}`, '*', `"other", ${ETAG}`, `"other",W/${ETAG}`]) {
    const answer = await get({ 'if-none-match': header })
    t.match(
      answer,
      {
        status: 304,
        text: '',
        headers: { etag: ETAG, 'cache-control': 'private, no-cache', vary: 'Accept' },
      },
      header,
    )
    t.notOk(answer.headers['content-length'])
  }
  t.match(await get({ 'if-none-match': ETAG, range: 'bytes=0-1' }), { status: 304 })
})

t.test('what it has of other bytes is', async (t) => {
  const { get } = await setUp(t)
  for (const header of ['"h200.g2.jpg"', 'h200.g1.jpg', '', '"other", "another"']) {
    t.match(await get({ 'if-none-match': header }), { status: 200, text: '0123456789' }, header)
  }
})

t.test('parts', async (t) => {
  const { get } = await setUp(t)
  const table: [string, string, string][] = [
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=8-99999999999999999999', '89', 'bytes 8-9/10'],
    ['bytes=2-5', '2345', 'bytes 2-5/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['Bytes=0-1', '01', 'bytes 0-1/10'],
  ]
  for (const [range, text, contentRange] of table) {
    const answer = await get({ range })
    t.match(answer, { status: 206, headers: { 'content-range': contentRange, etag: ETAG } }, range)
    t.equal(answer.text, text, range)
    t.equal(answer.headers['content-length'], String(text.length), range)
  }
  for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=99999-']) {
    const answer = await get({ range })
    t.match(
      answer,
      { status: 416, headers: { 'content-range': 'bytes */10', 'content-type': /^application\/json/ } },
      range,
    )
    t.match(JSON.parse(answer.text), { code: 'TT_RANGE_NOT_SATISFIABLE' })
  }
  for (const range of ['bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b', 'bytes=-', 'bytes=', '']) {
    t.match(await get({ range }), { status: 200, text: '0123456789' }, range)
  }
})

t.test('a part counts only of the bytes the client has', async (t) => {
  const { get } = await setUp(t)
  t.match(await get({ range: 'bytes=0-1', 'if-range': ETAG }), { status: 206, text: '01' })
  for (const header of ['"h200.g0.jpg"', `W/${ETAG}`, 'Sat, 01 Jan 2050 00:00:00 GMT']) {
    t.match(
      await get({ range: 'bytes=0-1', 'if-range': header }),
      { status: 200, text: '0123456789' },
      header,
    )
    t.match(await get({ range: 'bytes=99-', 'if-range': header }), { status: 200 }, header)
  }
})

t.test('where parts are not given, ranges are ignored', async (t) => {
  const { get } = await setUp(t, { ranges: false })
  t.match(await get({ range: 'bytes=0-1' }), {
    status: 200,
    text: '0123456789',
    headers: { 'accept-ranges': 'none' },
  })
})

t.test('an empty object', async (t) => {
  const { get } = await setUp(t, {}, Buffer.alloc(0))
  t.match(await get(), { status: 200, text: '', headers: { 'content-length': '0' } })
  t.match(await get({ range: 'bytes=0-' }), { status: 416, headers: { 'content-range': 'bytes */0' } })
  t.match(await get({ range: 'bytes=-1' }), { status: 416 })
})

t.test(
  'an object that is not there is a 404 without any header of the file, and the log knows',
  async (t) => {
    const { app, get, store } = await setUp(t)
    await store.delete(KEY)
    const answer = await get({ range: 'bytes=0-1' })
    t.equal(answer.status, 404)
    t.match(JSON.parse(answer.text), { code: 'TT_NOT_FOUND' })
    for (const name of ['etag', 'content-range', 'content-disposition']) {
      t.notOk(answer.headers[name], name)
    }
    t.notMatch(answer.headers['content-security-policy'], /sandbox/, 'that of any answer')
    t.notMatch(answer.text, KEY)
    t.ok(app.logged.lines.some((line) => line.level === 50 && line.key === KEY))
  },
)

t.test('a store that is away is a 503', async (t) => {
  const { get, folder } = await setUp(t)
  await rm(folder, { recursive: true })
  const answer = await get()
  t.match(answer, { status: 503, headers: { 'retry-after': '5' } })
  t.match(JSON.parse(answer.text), { code: 'TT_STORE_UNAVAILABLE' })
})

/** How an object is answered whose bytes come from `body`. */
async function answerOf(t: Test, body: Readable, more: Partial<SentObject> = {}) {
  const { app, store } = await setUp(t)
  const broken: ObjectStore = {
    ...store,
    get: async () => ({ key: KEY, bytes: 10, modifiedAt: new Date(), body }),
  }
  app.get('/broken', (request, reply) =>
    sendObject(request, reply, broken, {
      ...{ key: KEY, bytes: 10, contentType: 'image/jpeg', filename: 'a.jpg', attachment: false },
      ...{ cacheControl: 'private', ranges: true, ...more },
    }),
  )
  return app.inject('/broken')
}

const UNAVAILABLE = {
  statusCode: 503,
  headers: { 'content-type': /^application\/json/, 'retry-after': '5', etag: undefined },
  body: /TT_STORE_UNAVAILABLE/,
}

t.test('a store that breaks off before the first byte is a 503, and nothing is spent', async (t) => {
  const body = new Readable({
    read() {
      process.nextTick(() => body.destroy(new StoreUnavailable('get', new Error('reset'))))
    },
  })
  let spent = 0
  const beforeBytes = async () => {
    spent += 1
  }
  t.match(await answerOf(t, body, { beforeBytes }), UNAVAILABLE)
  t.equal(spent, 0)
})

t.test('a store that breaks off while something is done before the bytes', async (t) => {
  const body = new Readable({ read() {} })
  body.push('01234')
  const beforeBytes = async () => {
    body.destroy(new StoreUnavailable('get', new Error('reset')))
    await turn()
  }
  t.match(await answerOf(t, body, { beforeBytes }), UNAVAILABLE)
})

t.test('what is done before the bytes', async (t) => {
  let spent = 0
  const beforeBytes = async () => {
    spent += 1
  }
  const { get } = await setUp(t, { beforeBytes })
  await get({}, 'HEAD')
  await get({ 'if-none-match': ETAG })
  await get({ range: 'bytes=99-' })
  t.equal(spent, 0)
  await get()
  await get({ range: 'bytes=0-1' })
  t.equal(spent, 2)

  const refusing = await setUp(t, { beforeBytes: () => Promise.reject(new Error('used up')) })
  const answer = await refusing.get()
  t.equal(answer.status, 500)
  t.notOk(answer.headers.etag)
})

/** A store that tells how its reads fare. */
function watched(store: ObjectStore) {
  const reads: { aborted: boolean; ended: boolean; closed: boolean }[] = []
  const get: ObjectStore['get'] = async (key, options) => {
    const read = { aborted: false, ended: false, closed: false }
    reads.push(read)
    options?.signal?.addEventListener('abort', () => {
      read.aborted = true
    })
    const object = await store.get(key, options)
    object?.body.once('end', () => {
      read.ended = true
    })
    object?.body.once('close', () => {
      read.closed = true
    })
    return object
  }
  return { store: { ...store, get }, reads }
}

t.test(
  'a large object is streamed to its end to a slow client, and let go when the client leaves',
  async (t) => {
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'x')
    const { store } = await setUp(t, {}, bytes)
    const { store: watchedStore, reads } = watched(store)
    const app = createTestServer()
    t.teardown(() => app.close())
    const sent = {
      key: KEY,
      bytes: bytes.length,
      contentType: 'image/jpeg',
      filename: 'x',
      attachment: false,
      cacheControl: '',
      ranges: true,
    }
    app.get('/', (request, reply) => sendObject(request, reply, watchedStore, sent))
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const ask = () => {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
      t.teardown(() => socket.destroy())
      return socket
    }

    const slow = ask()
    let received = 0
    slow.on('data', (chunk) => {
      received += chunk.length
      slow.pause()
      setImmediate(() => slow.resume())
    })
    await once(slow, 'close')
    t.ok(received > bytes.length)
    // The source may be told that it is done a turn later than the client.
    await poll(() => reads[0]?.closed)
    t.match(reads[0], { ended: true })

    const leaving = ask()
    await once(leaving, 'data')
    leaving.destroy()
    await poll(() => reads[1]?.closed)
    t.match(reads[1], { aborted: true, ended: false })
  },
)

t.test('ranges', async (t) => {
  t.equal(parseRange(undefined, 10), undefined)
  t.strictSame(parseRange('bytes=0-', 10), { start: 0, end: 9 })
  t.strictSame(parseRange('bytes=9-9', 10), { start: 9, end: 9 })
  t.equal(parseRange('bytes=10-', 10), 'unsatisfiable')
  t.equal(parseRange('bytes=-0', 10), 'unsatisfiable')
  t.strictSame(parseRange('bytes=0-999999999999999', 10), { start: 0, end: 9 })
  for (const header of [
    'bytes= 0-1',
    'bytes=0 - 1',
    'bytes=+1-2',
    'bytes=1.5-2',
    'bytes=0-1, 2-3',
    'bytes=0-1\n',
  ]) {
    t.equal(parseRange(header, 10), undefined, JSON.stringify(header))
  }
})

t.test('names of files', async (t) => {
  const table: [string, string][] = [
    ['a.jpg', `inline; filename="a.jpg"; filename*=UTF-8''a.jpg`],
    ['my picture.jpg', `inline; filename="my picture.jpg"; filename*=UTF-8''my%20picture.jpg`],
    ['"; x="', `inline; filename="_; x=_"; filename*=UTF-8''%22%3B%20x%3D%22`],
    ['a\\b', `inline; filename="a_b"; filename*=UTF-8''a%5Cb`],
    ['a\r\nset-cookie: x', `inline; filename="a__set-cookie: x"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x`],
    ['100%25.jpg', `inline; filename="100_25.jpg"; filename*=UTF-8''100%2525.jpg`],
    ["it's (1)*.jpg", `inline; filename="it's (1)*.jpg"; filename*=UTF-8''it%27s%20%281%29%2A.jpg`],
    ['Brücke 🌉.png', `inline; filename="Br_cke __.png"; filename*=UTF-8''Br%C3%BCcke%20%F0%9F%8C%89.png`],
    ['\ud800', `inline; filename="_"; filename*=UTF-8''%EF%BF%BD`],
    ['', `inline; filename=""; filename*=UTF-8''`],
  ]
  for (const [filename, header] of table)
    t.equal(contentDisposition(filename, false), header, JSON.stringify(filename))
  t.match(contentDisposition('a', true), /^attachment; /)
})

t.test('an object that is gone: another answer where there is one, else 404', async (t) => {
  const { app, store } = await setUp(t)
  const sent = {
    ...{ key: 'renditions/1/h200.gone.jpg', bytes: 10, contentType: 'image/jpeg', filename: 'a.jpg' },
    ...{ attachment: false, cacheControl: 'private', ranges: true },
  }
  app.get('/found', (request, reply) =>
    sendObject(request, reply, store, {
      ...sent,
      whenMissing: () => sendObject(request, reply, store, { ...sent, key: KEY }),
    }),
  )
  app.get('/lost', (request, reply) =>
    sendObject(request, reply, store, { ...sent, whenMissing: async () => undefined }),
  )
  const found = await app.inject('/found')
  t.match(found, { statusCode: 200, body: '0123456789', headers: { etag: ETAG } })
  t.match(await app.inject('/lost'), { statusCode: 404, headers: { etag: undefined } })
})
