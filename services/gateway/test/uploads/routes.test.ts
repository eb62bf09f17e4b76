import { createHash, randomBytes } from 'node:crypto'
import {
  type Answer,
  boastfulPng,
  type Client,
  createClient,
  createUser,
  type ImageBody,
  oriented,
  type ProblemBody,
  photo,
  svg,
  type UploadBody,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { BOUNDARY, CONTENT_TYPE, fieldPart, filePart, multipart, type Part } from './multipart.ts'
import { tracesOf } from './traces.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 32, height: 24 })
const named = (filename: string, bytes: Uint8Array = jpeg) => ({ filename, bytes })

type Refusal = Answer<ProblemBody & UploadBody>

const user = async (tier = 'Basic') => (await createUser(admin, { tier })).client

function send(client: Client, parts: Part[]): Promise<Refusal> {
  return client.request('POST', '/v1/images', {
    headers: { 'content-type': CONTENT_TYPE },
    body: new Uint8Array(multipart(parts)),
  })
}

const outcomes = ({ body }: Answer<UploadBody>) =>
  body.items.map((item) => item.error?.code ?? item.image?.filename)

/** Images, objects and usage are those of exactly these files. */
async function holds(t: Test, client: Client, ids: string[], bytes: number): Promise<void> {
  const traces = await tracesOf(gateway, client)
  t.strictSame(traces.images, ids.toSorted(), 'has exactly these images')
  t.strictSame([traces.usedImages, traces.usedBytes], [ids.length, bytes], 'uses what they take')
}

t.test('one file', async (t) => {
  const client = await user()
  const answer = await client.upload([{ ...named('Mill at dawn.jpg'), title: 'The mill' }])
  t.equal(answer.status, 202)
  t.equal(answer.body.items.length, 1)
  const image = answer.body.items[0]?.image as ImageBody
  t.equal(
    answer.headers.get('location'),
    `${gateway.service.url.replace('127.0.0.1', 'localhost')}/v1/images/${image.id}`,
  )
  t.match(image, {
    title: 'The mill',
    filename: 'Mill at dawn.jpg',
    format: 'jpeg',
    width: 32,
    height: 24,
    bytes: jpeg.length,
    sha256: createHash('sha256').update(jpeg).digest('hex'),
    state: 'pending',
    thumbnails: { 200: { state: 'pending' } },
  })
  t.equal((await client.get<ImageBody>(`/v1/images/${image.id}`)).body.sha256, image.sha256)
  const object = await gateway.store.head(`originals/${image.id}`)
  t.equal(object?.bytes, jpeg.length, 'the store has its bytes')
  await holds(t, client, [image.id], jpeg.length)
})

t.test('a picture that lies on its side is described as it is seen', async (t) => {
  const answer = await (await user()).upload([named('a.jpg', await oriented(6))])
  t.match(answer.body.items[0]?.image, { width: 96, height: 64 })
})

t.test('what the bytes are counts, not what name and type say', async (t) => {
  const png = await photo({ width: 16, height: 16, format: 'png' })
  const answer = await (await user()).upload([{ ...named('holiday.JPG', png), contentType: 'image/jpeg' }])
  t.match(answer.body.items[0]?.image, { format: 'png', filename: 'holiday.JPG' })
})

t.test('fifty files, and past them one by one', async (t) => {
  const client = await user()
  const fifty = Array.from({ length: 50 }, (_, index) => named(`${index}.jpg`))
  const all = await client.upload(fifty)
  t.equal(all.status, 202)
  t.strictSame(
    outcomes(all),
    fifty.map((file) => file.filename),
    'in the order they were sent',
  )
  t.equal(all.headers.get('location'), null)

  const more = await client.upload([...fifty, named('50.jpg'), named('51.jpg')])
  t.equal(more.status, 207)
  t.strictSame(outcomes(more).slice(50), ['TT_TOO_MANY_FILES', 'TT_TOO_MANY_FILES'])
  t.match(more.body.items[50], { filename: '50.jpg', status: 'rejected', error: { statusCode: 400 } })
  t.equal((await tracesOf(gateway, client)).images.length, 100)
})

t.test('a title is that of the file behind it', async (t) => {
  const client = await user()
  const answer = await send(client, [
    filePart('untitled.jpg', jpeg),
    fieldPart('title', 'first try'),
    fieldPart('title', 'Née à Orléans'),
    filePart('titled.jpg', jpeg),
    filePart('untitled too.jpg', jpeg),
    fieldPart('title', 'of nothing'),
  ])
  t.strictSame(
    answer.body.items.map((item) => item.image?.title),
    ['', 'Née à Orléans', ''],
  )
  const long = await send(client, [fieldPart('title', 'ß'.repeat(3000)), filePart('a.jpg', jpeg)])
  t.equal(long.body.items[0]?.image?.title, 'ß'.repeat(255))
})

t.test('other fields are nobody’s business', async (t) => {
  const names = ['caption', 'proto', '']
  const fields = names.map((name) => fieldPart(name, '1'))
  const answer = await send(await user(), [...fields, filePart('a.jpg', jpeg)])
  t.equal(answer.status, 202)
  t.strictSame(outcomes(answer), ['a.jpg'])
})

t.test('file names are data', async (t) => {
  const client = await user()
  const NAMES: [sent: string, kept: string][] = [
    ['no extension', 'no extension'],
    ['UPPER.JPEG', 'UPPER.JPEG'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\photo.jpg', 'photo.jpg'],
    ['...', '...'],
    ['a\u0000b\u001b[31m.jpg', 'ab[31m.jpg'],
    ['📷 été.jpg', '📷 été.jpg'],
    ['e\u0301.jpg', '\u00e9.jpg'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['\u200f\u2067.jpg', '.jpg'],
    ['%00%2e%2e%2f.jpg', '%00%2e%2e%2f.jpg'],
    ['<script>alert(1)</script>.jpg', 'script>.jpg'],
    ["'; DROP TABLE images; --.jpg", "'; DROP TABLE images; --.jpg"],
    ['n'.repeat(10_000), 'n'.repeat(255)],
    ['😀'.repeat(300), '😀'.repeat(255)],
  ]
  const answer = await send(
    client,
    NAMES.map(([sent]) => filePart(sent, jpeg)),
  )
  t.equal(answer.status, 202)
  for (const [index, [sent, kept]] of NAMES.entries()) {
    t.equal(answer.body.items[index]?.image?.filename, kept, `keeps ${JSON.stringify(sent.slice(0, 40))}`)
  }
  const quoted = await send(client, [
    { disposition: 'name="file"; filename="a \\"quoted\\" name.jpg"', body: jpeg },
    { disposition: 'name="file"; filename="as %22browsers%22%0D%0a do 100%.jpg"', body: jpeg },
    { disposition: 'name="file"; filename*=UTF-8\'\'%e2%82%ac%20rates.jpg', body: jpeg },
    { disposition: 'name="file"', headers: ['Content-Type: application/octet-stream'], body: jpeg },
    { disposition: 'name="file"; filename=""', headers: ['Content-Type: image/jpeg'], body: jpeg },
    { disposition: 'name=file; filename=bare.jpg', body: jpeg },
  ])
  t.strictSame(outcomes(quoted), [
    'a "quoted" name.jpg',
    'as "browsers" do 100%.jpg',
    '€ rates.jpg',
    'untitled',
    'untitled',
    'bare.jpg',
  ])
  t.equal(quoted.status, 202)
  for (const id of (await tracesOf(gateway, client)).originals) t.match(id, /^[0-9a-f-]{36}$/)
})

t.test('each bad file is refused by its own code, and nothing is left of it', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'narrow',
    maxUploadBytes: 4000,
    maxPixels: 64 * 64,
  })
  const client = await user(tier.id)
  const png = await photo({ width: 16, height: 16, format: 'png' })
  const BAD: [name: string, bytes: Uint8Array, status: number, code: string][] = [
    ['nothing.jpg', Buffer.alloc(0), 400, 'TT_FILE_EMPTY'],
    ['letter.jpg', Buffer.from('Dear all, see the picture below.'), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['one byte.jpg', Buffer.from([0xff]), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['drawing.svg', svg(), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['drawing.jpg', Buffer.concat([Buffer.from('\ufeff  '), svg()]), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['cut.png', png.subarray(0, 20), 422, 'TT_IMAGE_DAMAGED'],
    ['boast.png', boastfulPng(60_000, 60_000), 413, 'TT_TOO_MANY_PIXELS'],
    ['65 × 64.png', boastfulPng(65, 64), 413, 'TT_TOO_MANY_PIXELS'],
    ['heavy.jpg', Buffer.concat([jpeg, Buffer.alloc(4001 - jpeg.length)]), 413, 'TT_FILE_TOO_LARGE'],
    ['noise.jpg', randomBytes(300_000), 413, 'TT_FILE_TOO_LARGE'],
  ]
  for (const [name, bytes, status, code] of BAD) {
    const answer = (await client.upload([named(name, bytes)])) as Refusal
    t.equal(answer.status, status, name)
    t.match(answer.body, { statusCode: status, code, error: String, message: String }, name)
    t.equal(answer.body.items[0]?.error?.code, code, name)
    t.equal(answer.headers.get('location'), null)
  }
  await holds(t, client, [], 0)

  const mixed = await client.upload(
    BAD.flatMap(([name, bytes]) => [named(name, bytes), named(`after ${name}`)]),
  )
  t.equal(mixed.status, 207)
  t.strictSame(
    outcomes(mixed),
    BAD.flatMap(([name, , , code]) => [code, `after ${name}`]),
    'the good files of the same request are kept',
  )
  const kept = mixed.body.items.flatMap((item) => item.image?.id ?? [])
  await holds(t, client, kept, jpeg.length * BAD.length)

  t.match((await client.upload([named('large', randomBytes(5000))])).body, {
    details: { field: 'file', maxUploadBytes: 4000 },
  })
  t.match((await client.upload([named('boast', boastfulPng(65, 64))])).body, {
    details: { field: 'file', maxPixels: 4096 },
  })
  t.equal(
    (await client.upload([named('64 × 64.png', boastfulPng(64, 64))])).status,
    202,
    'the limit is allowed',
  )
  const exact = Buffer.concat([jpeg, Buffer.alloc(4000 - jpeg.length)])
  t.equal((await client.upload([named('exact.jpg', exact)])).status, 202, 'the size limit is allowed')
})

t.test('a file in another field is refused, and named', async (t) => {
  const client = await user()
  const picture = { disposition: 'name="picture"; filename="a.jpg"', body: jpeg }
  const alone = await send(client, [picture])
  t.equal(alone.status, 400)
  t.match(alone.body, { code: 'TT_UNEXPECTED_FIELD', details: { field: 'picture' } })
  const nameless = await send(client, [{ disposition: 'filename="a.jpg"', body: jpeg }])
  t.match(nameless.body, {
    code: 'TT_UNEXPECTED_FIELD',
    message: 'A file came in a part without a name; files are expected in the field «file».',
    details: { field: 'file' },
  })
  const hostile = ['__proto__', 'constructor', 'toString'].map((name) => ({
    disposition: `name="${name}"; filename="a.jpg"`,
    body: jpeg,
  }))
  const mixed = await send(client, [picture, ...hostile, filePart('good.jpg', jpeg)])
  t.equal(mixed.status, 207)
  t.strictSame(outcomes(mixed), ['TT_UNEXPECTED_FIELD', 'good.jpg', 'TT_UNEXPECTED_FIELD'])
  const field = await send(client, [fieldPart('__proto__', '1'), filePart('good.jpg', jpeg)])
  t.strictSame(
    outcomes(field),
    ['good.jpg', 'TT_UNEXPECTED_FIELD'],
    'names that every object has are refused',
  )
  const [, refused] = field.body.items
  t.match(refused?.error?.message, /^A part has a reserved name/, 'and not taken for files')
})

t.test('a request without a file', async (t) => {
  const client = await user()
  const post = (body: string | undefined, contentType?: string) =>
    client.request<ProblemBody>('POST', '/v1/images', {
      ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    })
  const NO_FILE: [name: string, body: string | undefined, contentType?: string][] = [
    ['no body at all', undefined],
    ['an empty body', '', CONTENT_TYPE],
    ['a form without parts', `--${BOUNDARY}--\r\n`, CONTENT_TYPE],
    [
      'a form of fields',
      multipart([fieldPart('title', 'x'), fieldPart('file', 'no file')]).toString(),
      CONTENT_TYPE,
    ],
  ]
  for (const [name, body, contentType] of NO_FILE) {
    const answer = await post(body, contentType)
    t.equal(answer.status, 400, name)
    t.equal(answer.body.code, 'TT_NO_FILE', name)
  }
  for (const contentType of [
    'application/json',
    'text/plain',
    'image/jpeg',
    'application/x-www-form-urlencoded',
  ]) {
    const answer = await post('{"file": "x"}', contentType)
    t.equal(answer.status, 415, contentType)
    t.equal(answer.body.code, 'TT_UNSUPPORTED_MEDIA_TYPE', contentType)
  }
  for (const contentType of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=other',
  ]) {
    const answer = await post(multipart([filePart('a.jpg', jpeg)]).toString('latin1'), contentType)
    t.equal(answer.status, 400, contentType)
    t.match(answer.body.code, /^TT_(NO_FILE|BODY_TRUNCATED)$/, contentType)
  }
  await holds(t, client, [], 0)
})

t.test('boundary games', async (t) => {
  const client = await user()
  const inside = Buffer.concat([
    jpeg,
    Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n--${BOUNDARY}`.slice(0, -1)),
  ])
  const answer = await send(client, [filePart('looks like an end.jpg', inside), filePart('b.jpg', jpeg)])
  t.equal(answer.status, 202)
  t.equal(answer.body.items[0]?.image?.bytes, inside.length, 'almost a boundary is content')

  const whole = multipart([filePart('a.jpg', jpeg)])
  const twice = await client.request<UploadBody>('POST', '/v1/images', {
    headers: { 'content-type': CONTENT_TYPE },
    body: new Uint8Array(Buffer.concat([Buffer.from('preamble\r\n'), whole, whole, Buffer.from('epilogue')])),
  })
  t.equal(twice.status, 202)
  t.strictSame(outcomes(twice), ['a.jpg'], 'what follows the closing boundary is nothing')

  const two = await client.request<UploadBody>('POST', '/v1/images', {
    headers: { 'content-type': `${CONTENT_TYPE}; boundary=second` },
    body: new Uint8Array(whole),
  })
  t.equal(two.status, 202, 'the first of two boundaries is the boundary')
})

t.test('six hundred parts', async (t) => {
  const client = await user()
  const many = Array.from({ length: 600 }, (_, index) => filePart(`${index}`, index < 3 ? jpeg : 'x'))
  const answer = await send(client, many)
  t.equal(answer.status, 207)
  t.strictSame(outcomes(answer).slice(0, 4), ['0', '1', '2', 'TT_FORMAT_NOT_ACCEPTED'])
  t.equal(outcomes(answer).at(-1), 'TT_TOO_MANY_PARTS')
  t.ok(answer.body.items.length <= 501)
  await holds(
    t,
    client,
    answer.body.items.flatMap((item) => item.image?.id ?? []),
    jpeg.length * 3,
  )

  const fields = Array.from({ length: 600 }, () => fieldPart('title', 'x'))
  const refused = await send(client, [...fields, filePart('a.jpg', jpeg)])
  t.equal(refused.status, 400)
  t.equal(refused.body.code, 'TT_TOO_MANY_PARTS')
})

t.test('a part with a thousand headers', async (t) => {
  const client = await user()
  const headers = Array.from({ length: 1000 }, (_, index) => `X-Header-${index}: ${'v'.repeat(20)}`)
  const part = { ...filePart('a.jpg', jpeg), headers }
  const answer = await send(client, [part, filePart('b.jpg', jpeg)])
  t.strictSame(outcomes(answer), ['a.jpg', 'b.jpg'])
  const endless = { ...filePart('c.jpg', jpeg), headers: [`X-Header: ${'v'.repeat(1_000_000)}`] }
  t.strictSame(outcomes(await send(client, [endless, filePart('d.jpg', jpeg)])), ['c.jpg', 'd.jpg'])
})

t.test('only for people who have signed in', async (t) => {
  const answer = await createClient(gateway.url).upload([named('a.jpg')])
  t.equal(answer.status, 401)
  t.equal(answer.headers.get('www-authenticate'), 'Bearer')
})

t.test('conduct', (t) => checkConduct(t, gateway))
