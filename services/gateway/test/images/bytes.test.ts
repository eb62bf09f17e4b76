import { createHash } from 'node:crypto'
import { failDerivation } from '@tintype/database'
import { type Client, createUser, type ImageBody, type ProblemBody, poll } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { derive, uploadPicture } from './derived.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const premium = (await createUser(admin, { tier: 'Premium' })).client
const image = await uploadPicture(premium, { filename: 'The mill; & żaba.jpeg' })
const thumbnails = await derive(gateway, image.id, [200, 400])

const at = (path: string, id = image.id) => `/v1/images/${id}/${path}`
const ask = (path: string, headers: Record<string, string> = {}, client: Client = premium) =>
  client.get<ProblemBody>(path, { headers })

const FILES: [path: string, content: Buffer][] = [
  [at('original'), image.content],
  [at('thumbnails/200'), thumbnails.get(200) as Buffer],
  [at('thumbnails/400'), thumbnails.get(400) as Buffer],
]

for (const [path, content] of FILES) {
  t.test(`bytes of ${path.slice('/v1/images/'.length + image.id.length + 1)}`, async (t) => {
    const whole = await ask(path)
    t.equal(whole.status, 200)
    t.ok(whole.bytes.equals(content), 'byte for byte')
    const { headers } = whole
    t.match(Object.fromEntries(headers), {
      'content-type': 'image/jpeg',
      'content-length': String(content.length),
      'cache-control': 'private, no-cache',
      vary: /accept/i,
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'content-disposition': /^inline; /,
      'content-security-policy': /sandbox/,
      etag: /^"[^"]+"$/,
    })

    const head = await premium.request('HEAD', path)
    t.equal(head.status, 200)
    t.equal(head.bytes.length, 0)
    for (const name of ['content-length', 'content-type', 'etag', 'content-disposition']) {
      t.equal(head.headers.get(name), headers.get(name), `HEAD tells ${name}`)
    }

    const etag = headers.get('etag') ?? ''
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const unchanged = await ask(path, { 'if-none-match': value })
      t.equal(unchanged.status, 304, value)
      t.equal(unchanged.bytes.length, 0)
      t.equal(unchanged.headers.get('etag'), etag)
      t.equal(unchanged.headers.get('cache-control'), 'private, no-cache')
    }
    t.equal((await ask(path, { 'if-none-match': '"another"' })).status, 200)
    t.equal((await premium.request('HEAD', path, { headers: { 'if-none-match': etag } })).status, 304)

    const last = content.length - 1
    const PARTS: [range: string, start: number, end: number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=5-9', 5, 9],
      ['bytes=10-', 10, last],
      ['bytes=-7', last - 6, last],
      [`bytes=3-${last + 1000}`, 3, last],
      [`bytes=-${content.length * 2}`, 0, last],
    ]
    for (const [range, start, end] of PARTS) {
      const part = await ask(path, { range })
      t.equal(part.status, 206, range)
      t.equal(part.headers.get('content-range'), `bytes ${start}-${end}/${content.length}`)
      t.equal(part.headers.get('content-length'), String(end - start + 1))
      t.ok(part.bytes.equals(content.subarray(start, end + 1)), range)
    }
    for (const range of [
      `bytes=${content.length}-`,
      'bytes=-0',
      `bytes=${content.length + 5}-${content.length + 9}`,
    ]) {
      const outside = await ask(path, { range })
      t.match(outside, { status: 416, body: { code: 'TT_RANGE_NOT_SATISFIABLE' } }, range)
      t.equal(outside.headers.get('content-range'), `bytes */${content.length}`)
    }
    for (const range of [
      'bytes=9-5',
      'bytes=0-1,4-5',
      'pixels=0-1',
      'bytes=',
      'bytes=a-b',
      'bytes=--1',
      '',
    ]) {
      t.equal((await ask(path, { range })).status, 200, `«${range}» is no range`)
    }
    t.equal((await ask(path, { range: 'bytes=0-0', 'if-range': etag })).status, 206)
    t.equal((await ask(path, { range: 'bytes=0-0', 'if-range': '"another"' })).status, 200)
    t.equal((await premium.request('HEAD', path, { headers: { range: 'bytes=0-0' } })).status, 200)
  })
}

t.test('names of downloads', async (t) => {
  const disposition = async (path: string) => (await ask(path)).headers.get('content-disposition') ?? ''
  const name = encodeURIComponent('The mill; & żaba.jpeg')
  t.equal(
    await disposition(at('original')),
    `inline; filename="The mill; & _aba.jpeg"; filename*=UTF-8''${name}`,
  )
  t.match(await disposition(at('thumbnails/200')), /żaba-200\.jpg|%C5%BCaba-200\.jpg$/)
  t.match(await disposition(at('original?download=true')), /^attachment; filename="The/)
  t.match(await disposition(at('original?download=false')), /^inline/)
  t.match(await disposition(at('original?filename=x.jpg')), /^attachment; filename="x\.jpg"/)
  const HOSTILE = [
    'a"; filename="evil.exe',
    'a\r\nSet-Cookie: x=1',
    '\u0000',
    '../../x',
    '\ud83d',
    '%0d%0a',
    "a'b*()",
  ]
  for (const filename of HOSTILE) {
    const answer = await ask(`${at('original')}?${new URLSearchParams({ filename })}`)
    t.equal(answer.status, 200, JSON.stringify(filename))
    t.equal(answer.headers.get('set-cookie'), null)
    t.match(
      answer.headers.get('content-disposition'),
      /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w.%!#$&+^`|~-]*$/,
    )
  }
  for (const query of ['filename=', `filename=${'x'.repeat(256)}`, 'download=perhaps', 'size=1']) {
    t.equal((await ask(at(`original?${query}`))).status, 400, query)
  }
})

t.test('heights that are none', async (t) => {
  for (const height of [
    'abc',
    '%C2%B2',
    '-1',
    '1e2',
    '0',
    '0200',
    '200.0',
    ' 200',
    '+200',
    '4097',
    '5000',
    '0x10',
    'h200',
  ]) {
    const answer = await ask(at(`thumbnails/${height}`))
    t.match(answer, { status: 400, body: { code: 'TT_BAD_HEIGHT', details: { field: 'height' } } }, height)
  }
  t.equal((await ask(at(`thumbnails/${'9'.repeat(2000)}`))).status, 404)
  t.match(await ask(at('thumbnails/300')), {
    status: 403,
    body: { code: 'TT_THUMBNAIL_NOT_IN_TIER', message: /300.*200, 400/ },
  })
})

t.test('what failed says why', async (t) => {
  const failed = await uploadPicture(premium)
  await failDerivation(gateway.database, failed.id, 'TT_IMAGE_CORRUPT', ['h200', 'h400'])
  t.match(await ask(at('thumbnails/200', failed.id)), {
    status: 422,
    body: { code: 'TT_IMAGE_FAILED', message: /damaged/, details: { reason: 'TT_IMAGE_CORRUPT' } },
  })
  t.equal((await ask(at('original', failed.id))).status, 200, 'the file itself is there')
})

t.test('an object that is gone is 404, and the log knows', async (t) => {
  const lost = await uploadPicture(premium)
  await gateway.store.delete(`originals/${lost.id}`)
  t.equal((await ask(at('original', lost.id))).status, 404)
  await gateway.service.logged((line) => line.msg === 'the store has no such object')
})

t.test('a thumbnail that is not there yet is asked for, once, and waited for', async (t) => {
  const tier = await admin.post<{ id: string }>('/v1/admin/tiers', { name: 'grows', thumbnailHeights: [100] })
  const { client } = await createUser(admin, { tier: tier.body.id })
  const picture = await uploadPicture(client)
  await derive(gateway, picture.id, [100])
  const path = at('thumbnails/300', picture.id)
  t.equal((await ask(path, {}, client)).status, 403)
  await admin.patch(`/v1/admin/tiers/${tier.body.id}`, { thumbnailHeights: [100, 300] })
  t.match((await client.get<ImageBody>(`/v1/images/${picture.id}`)).body.thumbnails, {
    100: { state: 'ready' },
    300: { state: 'on-request' },
  })

  const waiting = Promise.all(Array.from({ length: 10 }, () => ask(path, {}, client)))
  await poll(async () => {
    const { body } = await client.get<ImageBody>(`/v1/images/${picture.id}`)
    return body.thumbnails['300']?.state === 'pending'
  })
  const made = (await derive(gateway, picture.id, [300])).get(300) as Buffer
  for (const answer of await waiting) {
    t.equal(answer.status, 200)
    t.ok(answer.bytes.equals(made))
  }
})

t.test('one that takes longer is promised, and one whose image is deleted meanwhile is gone', async (t) => {
  const kept = await uploadPicture(premium)
  const deleted = await uploadPicture(premium)
  const [promised, gone] = await Promise.all([
    ask(at('thumbnails/200', kept.id)),
    (async () => {
      const waiting = ask(at('thumbnails/200', deleted.id))
      await premium.delete(`/v1/images/${deleted.id}`)
      return waiting
    })(),
  ])
  t.match(promised, { status: 202, body: { state: 'pending', url: /\/thumbnails\/200$/ } })
  t.match(promised.headers.get('retry-after'), /^[1-9]\d*$/)
  t.equal(gone.status, 404)
})

t.test('many at once, whole', async (t) => {
  const digest = createHash('sha256').update(image.content).digest('hex')
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(at('original'))))
  for (const { status, bytes } of answers) {
    t.equal(status, 200)
    t.equal(createHash('sha256').update(bytes).digest('hex'), digest)
  }
})

t.test('conduct', (t) => checkConduct(t, gateway))
