// In a process of its own: its stack is its own, and it takes long.

import {
  type Client,
  createClient,
  createUser,
  decodeToRaw,
  encodeRaw,
  type ImageBody,
  oriented,
  type ProblemBody,
  photo,
  poll,
  QUADRANTS_SIZE,
  type RenditionBody,
  startStack,
  transparentPng,
} from '@tintype/testkit'
import t from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'

const stack = await startStack(t, { workers: 0 })
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()

async function userOf(fields: object): Promise<Client> {
  const { body } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: `tier ${JSON.stringify(fields)}`.slice(0, 64),
    thumbnailHeights: [200, 400],
    originalAccess: true,
    linkAccess: true,
    conversionFormats: ['jpeg', 'png', 'webp', 'avif'],
    ...fields,
  })
  return (await createUser(admin, { tier: body.id })).client
}

const client = await userOf({ generation: 'eager' })
const lazy = await userOf({ generation: 'lazy' })
const at = (image: { id: string }, format: string) => `/v1/images/${image.id}/conversions/${format}`
const detail = async (owner: Client, { id }: { id: string }) =>
  (await owner.get<ImageBody>(`/v1/images/${id}`)).body
const statesOf = ({ conversions = {} }: ImageBody) =>
  Object.fromEntries(Object.entries(conversions).map(([format, { state }]) => [format, state]))
const ask = (path: string, headers: Record<string, string> = {}, who = client) =>
  who.get<ProblemBody & RenditionBody & { etag?: string }>(path, { headers })

/** Uploaded before there is a worker. */
const early = await client.uploadOne({ filename: 'Mill at dusk.JPEG', bytes: await oriented(6) })

t.test('in the making: 202, told apart from all else', async (t) => {
  t.strictSame(statesOf(await detail(client, early)), {
    jpeg: 'on-request',
    png: 'pending',
    webp: 'pending',
    avif: 'pending',
  })
  const waiting = Promise.all([ask(at(early, 'png')), ask(at(early, 'webp'), { accept: 'application/json' })])
  const avif = ask(at(early, 'avif'))
  const first = await Promise.race([waiting.then(() => 'others'), avif.then(() => 'avif')])
  t.equal(first, 'avif', 'nobody waits for AVIF')
  t.match(await avif, { status: 202, body: { state: 'pending', url: /\/conversions\/avif$/ } })
  const [png, described] = await waiting
  for (const answer of [png, described]) {
    t.match(answer, { status: 202, body: { state: 'pending' } })
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
    t.match(answer.headers.get('vary'), /accept/i)
  }
})

t.test('then 200: bytes with all that belongs to them', async (t) => {
  await stack.startWorker({ env: { AVIF_MAX_MEGAPIXELS: '1' } })
  const image = await poll(
    async () => {
      const now = await detail(client, early)
      return Object.entries(statesOf(now)).every(([name, is]) => is === 'ready' || name === 'jpeg') && now
    },
    { timeoutMs: 60_000 },
  )
  for (const format of ['png', 'webp', 'avif', 'jpeg']) {
    const path = at(early, format)
    const whole = await ask(path)
    t.equal(whole.status, 200, format)
    t.match(Object.fromEntries(whole.headers), {
      'content-type': `image/${format}`,
      'content-length': String(whole.bytes.length),
      'cache-control': 'private, no-cache',
      vary: /accept/i,
      'content-disposition': new RegExp(
        `^inline; filename="Mill at dusk.${format === 'jpeg' ? 'jpg' : format}"`,
      ),
    })
    t.match(await decodeToRaw(whole.bytes), QUADRANTS_SIZE, 'as it is seen')
    const etag = whole.headers.get('etag') ?? ''
    const head = await client.request('HEAD', path)
    t.strictSame([head.status, head.bytes.length], [200, 0])
    t.equal(head.headers.get('etag'), etag)
    t.equal((await ask(path, { 'if-none-match': etag })).status, 304)
    const part = await ask(path, { range: 'bytes=2-5' })
    t.equal(part.status, 206)
    t.ok(part.bytes.equals(whole.bytes.subarray(2, 6)))
    t.equal((await ask(path, { range: 'bytes=999999999-' })).status, 416)
    t.match(
      (await ask(`${path}?filename=x.y`)).headers.get('content-disposition'),
      /^attachment; filename="x\.y\.(jpg|png|webp|avif)"/,
    )
    const described = await ask(path, { accept: 'application/json' })
    t.match(described.headers.get('content-type'), /^application\/json/)
    t.strictSame(described.body, {
      url: `${stack.url}${path}`,
      state: 'ready',
      format,
      ...QUADRANTS_SIZE,
      bytes: whole.bytes.length,
      etag,
    })
    if (format === 'jpeg') continue
    const { url: _, etag: __, ...expected } = described.body
    t.match(image.conversions?.[format], expected, 'the image tells the same')
  }
  const jpeg = await ask(at(early, 'jpeg'))
  for (const name of ['jpg', 'JPG', 'JPEG', 'Jpg']) {
    t.ok((await ask(at(early, name))).bytes.equals(jpeg.bytes), `${name} is jpeg`)
  }
})

t.test('what does not exist, what is not granted, what is somebody else’s', async (t) => {
  for (const format of ['gif', 'bmp', 'png.exe', '%C2%B2', '-1', '1e9', 'full.png', '%00', '..%2fpng']) {
    const answer = await ask(at(early, format))
    t.match(
      answer,
      { status: 415, body: { code: 'TT_NO_SUCH_CONVERSION', details: { field: 'format' } } },
      format,
    )
  }
  const basic = (await createUser(admin, { tier: 'Basic' })).client
  const premium = (await createUser(admin, { tier: 'Premium' })).client
  const theirs = await basic.uploadOne({ filename: 'a.jpg', bytes: await oriented(1) })
  t.notOk((await detail(basic, theirs)).conversions)
  for (const accept of ['*/*', 'application/json']) {
    t.match(await ask(at(theirs, 'png'), { accept }, basic), {
      status: 403,
      body: { code: 'TT_CONVERSION_NOT_IN_TIER', message: /png.*none/ },
    })
    for (const other of [basic, premium, admin])
      t.equal((await ask(at(early, 'png'), { accept }, other)).status, 404)
    t.equal((await ask(at(early, 'png'), { accept }, createClient(stack.url))).status, 401)
  }
  t.equal((await ask(at(theirs, 'gif'), {}, premium)).status, 404, 'not even that the format is none')
})

t.test('a tier that loses a format: 403 at once, whatever was made; links too', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'shrinks',
    linkAccess: true,
    conversionFormats: ['png', 'webp'],
  })
  const owner = (await createUser(admin, { tier: tier.id })).client
  const image = await owner.uploadOne({ filename: 'a b.jpg', bytes: await oriented(1) })
  await owner.waitUntilSettled(image.id)
  const link = await owner.post<{ url: string }>(`/v1/images/${image.id}/links`, { target: 'full.png' })
  t.equal(link.status, 201)
  const visited = await poll(async () => {
    const answer = await createClient(stack.url).get(link.body.url)
    return answer.status !== 503 && answer
  })
  t.match(Object.fromEntries(visited.headers), {
    'content-type': 'image/png',
    'content-disposition': /^inline; filename="a b\.png"/,
  })
  t.equal((await owner.post(`/v1/images/${image.id}/links`, { target: 'full.avif' })).status, 403)
  t.equal((await owner.post(`/v1/images/${image.id}/links`, { target: 'h200.webp' })).status, 400)
  t.equal((await ask(at(image, 'png'), {}, owner)).status, 200)
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { conversionFormats: ['webp'] })
  t.equal((await ask(at(image, 'png'), {}, owner)).status, 403)
  t.equal((await createClient(stack.url).get(link.body.url)).status, 403)
  t.strictSame(Object.keys((await detail(owner, image)).conversions ?? {}), ['webp'])
})

t.test('what cannot be made says why, and the rest is there', async (t) => {
  const large = await client.uploadOne({
    filename: 'l.jpg',
    bytes: await photo({ width: 1300, height: 900 }),
  })
  await poll(async () => (await detail(client, large)).conversions?.avif?.state === 'failed', {
    timeoutMs: 60_000,
  })
  const refused = {
    status: 422,
    body: { code: 'TT_IMAGE_FAILED', details: { reason: 'TT_CONVERSION_TOO_LARGE' } },
  }
  t.match(await ask(at(large, 'avif')), refused)
  t.match(await ask(at(large, 'avif'), { accept: 'application/json' }), refused)
  t.equal((await client.post(`/v1/images/${large.id}/links`, { target: 'full.avif' })).status, 422)
  t.equal((await ask(at(large, 'png'))).status, 200)
  t.match(await detail(client, large), { state: 'ready', thumbnails: { 400: { state: 'ready' } } })
})

t.test('transparent: white as JPEG, kept in the others; thumbnails WebP on the second asking', async (t) => {
  const image = await lazy.uploadOne({ filename: 'logo.png', bytes: await transparentPng() })
  await lazy.waitUntilSettled(image.id)
  t.strictSame(new Set(Object.values(statesOf(await detail(lazy, image)))), new Set(['on-request']))
  const corner = async (path: string) => {
    const { data, channels } = await decodeToRaw((await ask(path, {}, lazy)).bytes)
    return [...data.subarray(-channels)]
  }
  t.ok((await corner(at(image, 'jpeg'))).every((value) => value > 245))
  t.equal((await corner(at(image, 'webp'))).at(-1), 0)

  const thumbnail = `/v1/images/${image.id}/thumbnails/200`
  const browser = { accept: 'image/avif,image/webp,*/*;q=0.8' }
  const first = await ask(thumbnail, browser, lazy)
  t.match([first.status, first.headers.get('content-type')], [200, 'image/png'], 'nobody waits for a variant')
  const webp = await poll(async () => {
    const answer = await ask(thumbnail, browser, lazy)
    return answer.headers.get('content-type') === 'image/webp' && answer
  })
  t.match(webp.headers.get('vary'), /accept/i)
  t.not(webp.headers.get('etag'), first.headers.get('etag'))
  t.equal((await decodeToRaw(webp.bytes)).data.at(-1), 0, 'transparent still')
  for (const accept of ['image/*', '*/*', 'image/png', 'application/json, text/plain, */*']) {
    t.equal((await ask(thumbnail, { accept }, lazy)).headers.get('content-type'), 'image/png', accept)
  }
  const described = await ask(thumbnail, { accept: 'application/json' }, lazy)
  t.match(described.body, { state: 'ready', format: 'png', ...QUADRANTS_SIZE })
  const original = await ask(`/v1/images/${image.id}/original`, { accept: 'application/json' }, lazy)
  t.match(original.body, { format: 'png', bytes: image.bytes, url: /original$/, etag: /^"/ })
})

t.test('400 px are not made of 200 px, and 100 requests at two gateways decode once', async (t) => {
  // Stripes two pixels wide at 400 px: a 200 px thumbnail has none left.
  const [width, height] = [800, 400]
  const data = Buffer.alloc(width * height * 3)
  for (let at = 0; at < data.length; at += 3)
    data.fill(Math.floor(at / 3 / 2) % 2 === 0 ? 255 : 0, at, at + 3)
  const striped = await encodeRaw({ data, width, height, channels: 3 }).png().toBuffer()
  const image = await lazy.uploadOne({ filename: 's.png', bytes: striped })
  await lazy.waitUntilSettled(image.id)
  const thumbnail = (height: number) => `/v1/images/${image.id}/thumbnails/${height}`
  t.equal((await ask(thumbnail(200), {}, lazy)).status, 200)

  const second = await stack.startGateway()
  const there = createClient(second.url, lazy.accessToken)
  const before = await derivationsOf()
  const many = await Promise.all(
    Array.from({ length: 100 }, (_, at) => ask(thumbnail(400), {}, at % 2 === 0 ? lazy : there)),
  )
  t.ok(many.every(({ status, bytes }) => status === 200 && bytes.equals(many[0]?.bytes ?? Buffer.alloc(0))))
  t.equal((await derivationsOf()) - before, 1, 'decoded once')
  const pixels = (await decodeToRaw(many[0]?.bytes ?? Buffer.alloc(0))).data
  t.ok(
    Math.max(...pixels.subarray(0, 300)) - Math.min(...pixels.subarray(0, 300)) > 150,
    'the stripes are there',
  )
})

/** How many times the worker has decoded something for thumbnails, by its own account. */
async function derivationsOf(): Promise<number> {
  const metrics = await (await fetch(`${stack.workers[0]?.url}/metrics`)).text()
  return Number(/derivations_total\{lane="thumbnails",outcome="published",.*\} (\d+)/.exec(metrics)?.[1])
}

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)
