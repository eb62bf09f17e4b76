import {
  type Answer,
  type Client,
  createUser,
  type ProblemBody,
  photo,
  type UploadBody,
} from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import type { RawConnection } from '../raw-http.ts'
import { beginUpload } from './begin-upload.ts'
import { BOUNDARY, CONTENT_TYPE, filePart, multipart, openMultipart } from './multipart.ts'
import { tracesOf } from './traces.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 32, height: 24 })
const { body: tiny } = await admin.post<{ id: string }>('/v1/admin/tiers', {
  name: 'tiny',
  maxUploadBytes: 20_000,
})
/** All that a request of this tier may bring: fifty files, and what is around them. */
const MOST_BYTES = 50 * 20_000 + 16 * 1024 ** 2

const user = async (tier = 'Basic') => (await createUser(admin, { tier })).client

function send(
  client: Client,
  body: Uint8Array,
  contentType = CONTENT_TYPE,
): Promise<Answer<ProblemBody & UploadBody>> {
  return client.request('POST', '/v1/images', {
    headers: { 'content-type': contentType },
    body: new Uint8Array(body),
  })
}

const outcomes = ({ body }: { body: UploadBody }) =>
  body.items.map((item) => item.error?.code ?? item.image?.filename)

/** Sends the same bytes in chunks, as many as `bytes`, and then holds the connection. */
async function sendEndless(
  { send }: RawConnection,
  first: Buffer,
  again: Buffer,
  bytes: number,
): Promise<void> {
  const chunk = (data: Buffer) =>
    Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')])
  await send(chunk(first))
  for (let sent = first.length; sent <= bytes; sent += again.length) await send(chunk(again))
}

t.test('a chunked body that never ends', async (t) => {
  const client = await user(tiny.id)
  const good = openMultipart([filePart('a.jpg', jpeg)])
  const ENDLESS: [name: string, first: Buffer, again: Buffer, outcomes: (string | undefined)[]][] = [
    [
      'a file',
      openMultipart([filePart('b.jpg', '')]).subarray(0, -2),
      Buffer.alloc(65_536),
      ['TT_FILE_TOO_LARGE', 'TT_BODY_TOO_LARGE'],
    ],
    [
      'a file behind a good one',
      Buffer.concat([good, openMultipart([filePart('b.jpg', '')]).subarray(0, -2)]),
      Buffer.alloc(65_536),
      ['a.jpg', 'TT_FILE_TOO_LARGE', 'TT_BODY_TOO_LARGE'],
    ],
    [
      'the headers of a part',
      Buffer.from(`--${BOUNDARY}\r\n`),
      Buffer.from('X-Header: value\r\n'.repeat(4000)),
      ['TT_BODY_TOO_LARGE'],
    ],
    [
      'what comes before the first part',
      Buffer.from('before'),
      Buffer.alloc(65_536, 'a'),
      ['TT_BODY_TOO_LARGE'],
    ],
    [
      'what comes behind the last',
      multipart([filePart('a.jpg', jpeg)]),
      Buffer.alloc(65_536),
      ['a.jpg', 'TT_BODY_TOO_LARGE'],
    ],
  ]
  const sent = ENDLESS.map(async ([name, first, again, expected]) => {
    const connection = await beginUpload(t, client, 'Transfer-Encoding: chunked')
    await sendEndless(connection, first, again, MOST_BYTES)
    const answer = await connection.answered<ProblemBody & UploadBody>()
    t.match(answer.head, /^connection: close\r?$/im, name)
    t.equal(answer.status, expected[0] === 'a.jpg' ? 207 : 413, name)
    t.strictSame(outcomes(answer), expected, name)
  })
  await Promise.all(sent)
  t.equal((await tracesOf(gateway, client)).images.length, 2)
})

t.test('a body that says it is longer than any may be is not read', async (t) => {
  const client = await user(tiny.id)
  const connection = await beginUpload(t, client, `Content-Length: ${MOST_BYTES + 1}`)
  const answer = await connection.answered<ProblemBody>()
  t.match(answer, { status: 413, body: { code: 'TT_BODY_TOO_LARGE' }, head: /^connection: close\r?$/im })
  t.match(answer.body.details, { maxBytes: MOST_BYTES })
})

t.test('a flood of boundaries', async (t) => {
  const client = await user()
  const flood = Buffer.from('\r\n--a'.repeat(1_000_000))
  const connection = await beginUpload(
    t,
    client,
    'Content-Type: multipart/form-data; boundary=a',
    `Content-Length: ${flood.length}`,
  )
  await connection.send(flood)
  t.match(await connection.answered(), { status: 400, body: { code: 'TT_TOO_MANY_PARTS' } })
})

t.test('ten thousand headers of a part', async (t) => {
  const headers = Array.from({ length: 10_000 }, (_, index) => `X-Header-${index}: ${'v'.repeat(20)}`)
  const folded = Array.from({ length: 10_000 }, () => ' and more of it')
  const answer = await send(
    await user(),
    multipart([
      { ...filePart('a.jpg', jpeg), headers },
      { ...filePart('b.jpg', jpeg), headers: ['X-Long: begins', ...folded] },
      filePart('c.jpg', jpeg),
    ]),
  )
  t.equal(answer.status, 202)
  t.strictSame(outcomes(answer), ['a.jpg', 'b.jpg', 'c.jpg'])
})

t.test('names that come twice, are empty, or have no end', async (t) => {
  const client = await user()
  const PARTS: [disposition: string, outcome: string | undefined][] = [
    ['name="file"; name="other"; filename="a.jpg"', 'TT_UNEXPECTED_FIELD'],
    ['name="other"; name="file"; filename="b.jpg"', 'b.jpg'],
    ['name="file"; filename="c.jpg"; filename="d.jpg"', 'c.jpg'],
    ['name=""; filename="e.jpg"', 'TT_UNEXPECTED_FIELD'],
    ['filename="f.jpg"', 'TT_UNEXPECTED_FIELD'],
    ['name="file"; filename="', 'untitled'],
    ['name="file"; filename="a\\', 'a'],
    ['name="file"; filename*=utf-8\'\'%', '%'],
    ['name="file"; filename*=nonsense\'\'%ff.jpg', '\ufffd.jpg'],
    ['name="file"; filename*=utf-8\'\'%ff%fe.jpg', '\ufffd\ufffd.jpg'],
    [`name="file"; filename="${'%41'.repeat(20_000)}"`, '%41'.repeat(85)],
    [`name="file"; ${';a=b'.repeat(4000)}; filename="z.jpg"`, 'z.jpg'],
  ]
  const answer = await send(client, multipart(PARTS.map(([disposition]) => ({ disposition, body: jpeg }))))
  t.equal(answer.status, 207)
  t.strictSame(
    outcomes(answer),
    PARTS.map(([, outcome]) => outcome),
  )
})

t.test('boundaries that are none', async (t) => {
  const client = await user()
  const BOUNDARIES = [
    'a'.repeat(257),
    'a'.repeat(7000),
    '"',
    '""',
    '\u00e9',
    'a b',
    '"a\\"b"',
    "a'()+_,-./:=?",
  ]
  for (const boundary of BOUNDARIES) {
    const body = multipart([filePart('a.jpg', jpeg)])
    const answer = await send(client, body, `multipart/form-data; boundary=${boundary}`)
    t.equal(answer.status, 400, boundary.slice(0, 20))
    t.match(answer.body.code, /^TT_(NO_FILE|BODY_TRUNCATED)$/, boundary.slice(0, 20))
  }
  t.strictSame((await tracesOf(gateway, client)).images, [])
})

t.test('fields that are objects', async (t) => {
  const field = (json: string) => ({
    disposition: 'name="title"',
    headers: ['Content-Type: application/json'],
    body: json,
  })
  const sent = async (json: string) => send(await user(), multipart([field(json), filePart('a.jpg', jpeg)]))
  for (const json of ['{"toString":1,"valueOf":1}', '["a"]', '7']) {
    const answer = await sent(json)
    t.equal(answer.status, 202, json)
    t.equal(answer.body.items[0]?.image?.title, '', json)
  }
  for (const json of ['{"__proto__":{}}', '{', '[[[[']) {
    t.strictSame(outcomes(await sent(json)), ['a.jpg', 'TT_BODY_TRUNCATED'], `${json} is not well-formed`)
  }
})

t.test('a request whose length is said in two ways', async (t) => {
  const client = await user()
  const body = multipart([filePart('a.jpg', jpeg)])
  const WRONG: string[][] = [
    [`Content-Length: ${body.length}`, 'Content-Length: 5'],
    [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
    [`Content-Length: ${body.length}, ${body.length}`],
    ['Content-Length: -1'],
    ['Content-Length: 0x10'],
    ['Content-Length: 99999999999999999999'],
    ['Transfer-Encoding: gzip, chunked, identity'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
  ]
  for (const headers of WRONG) {
    const connection = await beginUpload(t, client, ...headers)
    await connection.send(body).catch(() => {})
    t.match(
      await connection.answered(),
      { status: 400, head: /^connection: close\r?$/im },
      headers.join(', '),
    )
  }
  t.strictSame((await tracesOf(gateway, client)).images, [])
})

t.test('conduct', (t) => checkConduct(t, gateway))
