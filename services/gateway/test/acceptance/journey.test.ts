import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Answer,
  type Client,
  createClient,
  createUser,
  decodeToRaw,
  type ImageBody,
  type ProblemBody,
  photo,
  poll,
  sharedPictures,
} from '@tintype/testkit'
import t from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { countObjects, imagesOf } from './objects.ts'
import { sharedStack } from './stack.ts'

interface LinkBody {
  id: string
  url: string
  target: string
  expiresAt: string
  expiresIn: number
  usesLeft?: number
}

const stack = await sharedStack()
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const anybody = createClient(stack.url)
const people = {
  Basic: await createUser(admin, { tier: 'Basic' }),
  Premium: await createUser(admin, { tier: 'Premium' }),
  Enterprise: await createUser(admin, { tier: 'Enterprise' }),
}
const small = await photo({ width: 900, height: 600 })

/** Six megapixels: the photograph that some machines have, or one like it. */
async function sixMegapixels(): Promise<Buffer> {
  const shared = sharedPictures()
  if (shared !== undefined) return readFile(join(shared, 'photos/2569067123_aca715a2ee_o.jpg'))
  return photo({ width: 3000, height: 2000 })
}

async function uploaded(client: Client, bytes = small): Promise<ImageBody> {
  const { id } = await client.uploadOne({ filename: 'mill.jpg', bytes })
  return client.waitUntilSettled(id)
}

const issue = (client: Client, imageId: string, order: object) =>
  client.post<LinkBody & ProblemBody>(`/v1/images/${imageId}/links`, order)

t.test('from a photograph to a link that is over', async (t) => {
  const { client } = people.Enterprise
  const bytes = await sixMegapixels()
  const start = performance.now()
  const answer = await client.upload([{ filename: 'mill.jpg', title: 'The mill', bytes }])
  t.equal(answer.status, 202)
  const id = answer.body.items[0]?.image?.id ?? ''
  const image = await client.waitUntilSettled(id)
  t.comment(`${bytes.length} bytes, ready after ${Math.round(performance.now() - start)} ms`)
  t.match(image, {
    title: 'The mill',
    state: 'ready',
    format: 'jpeg',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    thumbhash: /^[\w+/]{20,40}=*$/,
    thumbnails: { 200: { state: 'ready', height: 200 }, 400: { state: 'ready', height: 400 } },
    owner: { id: people.Enterprise.id },
  })
  for (const height of [200, 400]) {
    const described = image.thumbnails[height]
    const thumbnail = await client.get(described?.url ?? '')
    t.equal(thumbnail.status, 200)
    t.match(Object.fromEntries(thumbnail.headers), {
      'content-type': 'image/jpeg',
      'content-length': String(described?.bytes),
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      etag: /^".+"$/,
    })
    const pixels = await decodeToRaw(thumbnail.bytes)
    t.strictSame([pixels.width, pixels.height], [described?.width, height])
    t.ok(Math.abs(pixels.width / height - image.width / image.height) < 0.02, 'in the same proportions')
  }
  const original = await client.get(image.original?.url ?? '')
  t.ok(original.bytes.equals(bytes), 'the original is what was sent')

  const made = await client.post<LinkBody>(image.linksUrl ?? '', { target: 'h400', expiresIn: 300 })
  t.equal(made.status, 201)
  t.ok(made.body.url.startsWith(`${stack.url}/l/`), 'a link has the address that people reach')
  const visited = await anybody.get(made.body.url)
  t.equal(visited.status, 200)
  t.ok(visited.bytes.equals((await client.get(image.thumbnails[400]?.url ?? '')).bytes))
  t.equal((await client.get<{ items: LinkBody[] }>(image.linksUrl ?? '')).body.items[0]?.id, made.body.id)

  t.equal((await client.delete(`/v1/links/${made.body.id}`)).status, 204)
  t.equal((await anybody.get(made.body.url)).status, 404)
  t.strictSame((await client.get<{ items: LinkBody[] }>(image.linksUrl ?? '')).body.items, [])

  const other = await issue(client, id, { target: 'original' })
  t.equal((await anybody.get(other.body.url)).status, 200)
  t.equal((await client.delete(`/v1/images/${id}`)).status, 204)
  t.equal((await anybody.get(other.body.url)).status, 404, 'a link ends with its picture')
  await poll(async () => !(await countObjects(stack.storeUrl)).originals.includes(id), {
    waitingFor: 'the bytes to be gone',
  })
})

t.test('what each tier gets', async (t) => {
  const GRANTS = {
    Basic: { heights: ['200'], original: false, links: false },
    Premium: { heights: ['200', '400'], original: true, links: false },
    Enterprise: { heights: ['200', '400'], original: true, links: true },
  }
  for (const [tier, granted] of Object.entries(GRANTS) as [keyof typeof GRANTS, (typeof GRANTS)['Basic']][]) {
    const { client } = people[tier]
    const image = await uploaded(client)
    t.strictSame(Object.keys(image.thumbnails), granted.heights, tier)
    t.strictSame(['original' in image, 'linksUrl' in image], [granted.original, granted.links], tier)
    const asked = async (path: string) => (await client.get(`/v1/images/${image.id}/${path}`)).status
    t.equal(await asked('thumbnails/400'), granted.heights.includes('400') ? 200 : 403, `${tier} 400`)
    t.equal(await asked('thumbnails/300'), 403, `${tier} 300`)
    t.equal(await asked('original'), granted.original ? 200 : 403, `${tier} original`)
    const link = await issue(client, image.id, { target: 'h200' })
    t.equal(link.status, granted.links ? 201 : 403, `${tier} link`)
    if (!granted.links) t.equal(link.body.code, 'TT_LINKS_NOT_IN_TIER')
    t.equal((await issue(client, image.id, { target: 'h300' })).status, 403)
  }
})

t.test('links live from 300 to 30000 seconds', async (t) => {
  const { client } = people.Enterprise
  const image = await uploaded(client)
  for (const expiresIn of [300, 30_000]) {
    const made = await issue(client, image.id, { target: 'h200', expiresIn })
    t.match(made, { status: 201, body: { expiresIn, target: 'h200' } })
    const left = (new Date(made.body.expiresAt).getTime() - Date.now()) / 1000
    t.ok(left > expiresIn - 60 && left < expiresIn + 60)
  }
  for (const expiresIn of [299, 30_001, 0, -1]) {
    const refused = await issue(client, image.id, { target: 'h200', expiresIn })
    t.match(refused, { status: 400, body: { code: 'TT_EXPIRES_IN_OUT_OF_RANGE', message: /300.*30000/ } })
  }
  t.equal((await issue(client, image.id, { target: 'h200' })).body.expiresIn, 3600, 'an hour unless told')
  const { body } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'short links',
    linkAccess: true,
    linkMinSeconds: 10,
    linkMaxSeconds: 20,
  })
  const { client: other } = await createUser(admin, { tier: body.id })
  const theirs = await uploaded(other)
  t.match(await issue(other, theirs.id, { target: 'h200', expiresIn: 300 }), {
    status: 400,
    body: { message: /10.*20/ },
  })
  t.equal((await issue(other, theirs.id, { target: 'h200', expiresIn: 10 })).status, 201)
})

t.test('links that are none answer alike', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'seconds',
    linkAccess: true,
    linkMinSeconds: 1,
    linkMaxSeconds: 600,
  })
  const { client, id: userId } = await createUser(admin, { tier: tier.id })
  const image = await uploaded(client)
  const url = async (order: object = {}) =>
    (await issue(client, image.id, { target: 'h200', expiresIn: 600, ...order })).body.url
  const expired = await url({ expiresIn: 1 })
  const revoked = await issue(client, image.id, { target: 'h200', expiresIn: 600 })
  await client.delete(`/v1/links/${revoked.body.id}`)
  const used = await url({ maxUses: 1 })
  t.equal((await anybody.get(used)).status, 200)
  const good = await url()
  const token = good.slice(good.lastIndexOf('/') + 1)
  await poll(async () => (await anybody.get(expired)).status === 404)

  const forged = {
    'with another signature': `/l/${token.slice(0, -3)}AAA`,
    'of another link': `/l/${'A'.repeat(20)}${token.slice(20)}`,
    'without one': `/l/${token.split('.')[0]}`,
    'that is nonsense': '/l/x',
    'that is long': `/l/${'x'.repeat(900)}`,
  }
  const dead: Record<string, Answer<unknown>> = {
    expired: await anybody.get(expired),
    revoked: await anybody.get(revoked.body.url),
    'used up': await anybody.get(used),
  }
  for (const [name, path] of Object.entries(forged)) dead[name] = await anybody.get(path)
  const bodies = new Set<string>()
  for (const [name, answer] of Object.entries(dead)) {
    t.equal(answer.status, 404, name)
    bodies.add(answer.bytes.toString())
  }
  t.equal(bodies.size, 1, [...bodies].join())
  t.equal((await anybody.get(good)).status, 200, 'while a good one works')

  await admin.patch(`/v1/admin/tiers/${tier.id}`, { linkAccess: false })
  t.match(await anybody.get(good), { status: 403, body: { code: 'TT_LINK_NO_LONGER_GRANTED' } })
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { linkAccess: true })
  t.equal((await anybody.get(good)).status, 200)
  await admin.patch(`/v1/admin/users/${userId}`, { disabled: true })
  t.equal((await anybody.get(good)).status, 404, 'a ban ends every link')
})

t.test('somebody else’s picture and links are not there, on any route', async (t) => {
  const { client: owner } = people.Enterprise
  const image = await uploaded(owner)
  const link = (await issue(owner, image.id, { target: 'h200' })).body
  const ROUTES: [method: string, path: string, body?: object][] = [
    ['GET', `/v1/images/${image.id}`],
    ['GET', `/v1/images/${image.id}/original`],
    ['GET', `/v1/images/${image.id}/thumbnails/200`],
    ['GET', `/v1/images/${image.id}/thumbnails/400`],
    ['GET', `/v1/images/${image.id}/links`],
    ['POST', `/v1/images/${image.id}/links`, { target: 'h200' }],
    ['POST', `/v1/images/${image.id}/links`, { target: 'original', expiresIn: 600 }],
    ['DELETE', `/v1/images/${image.id}/links`],
    ['DELETE', `/v1/links/${link.id}`],
    ['DELETE', `/v1/images/${image.id}`],
  ]
  const others = {
    Basic: people.Basic.client,
    Enterprise: (await createUser(admin, { tier: 'Enterprise' })).client,
    admin,
  }
  for (const [name, client] of Object.entries(others)) {
    for (const [method, path, body] of ROUTES) {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const answer = await client.request<ProblemBody>(method, path, body === undefined ? {} : json)
      t.match(
        answer,
        { status: 404, body: { code: 'TT_NOT_FOUND' } },
        `${name}: ${method} ${path.replace(/[\w-]{36}/, '…')}`,
      )
    }
    t.strictSame(
      (await imagesOf(client)).filter(({ id }) => id === image.id),
      [],
    )
  }
  for (const [method, path, body] of ROUTES) {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    t.equal(
      (await anybody.request(method, path, body === undefined ? {} : json)).status,
      401,
      `nobody: ${method}`,
    )
  }
  t.equal((await anybody.get(link.url)).status, 200, 'nothing of it has happened')
})

t.test('a height that a tier gains is made when it is asked for', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'grows',
    generation: 'lazy',
  })
  const { client } = await createUser(admin, { tier: tier.id })
  const image = await uploaded(client)
  t.match(image.thumbnails, { 200: { state: 'on-request' } })
  const ask = (height: number) => client.get(`/v1/images/${image.id}/thumbnails/${height}`)
  t.equal((await ask(200)).status, 200, 'a lazy tier’s too')
  t.equal((await ask(320)).status, 403)
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { thumbnailHeights: [200, 320] })
  const many = await Promise.all(Array.from({ length: 10 }, () => ask(320)))
  t.ok(many.every(({ status }) => status === 200))
  t.equal((await decodeToRaw(many[0]?.bytes ?? Buffer.alloc(0))).height, 320)
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { thumbnailHeights: [200] })
  t.equal((await ask(320)).status, 403)
})

t.test('one document for the whole API', async (t) => {
  const { body } = await poll(async () => {
    const answer = await anybody.get<{ paths: Record<string, object> }>('/docs/json')
    return '/l/{token}' in answer.body.paths && answer
  })
  for (const path of [
    '/v1/images',
    '/v1/images/{id}/links',
    '/v1/links/{id}',
    '/l/{token}',
    '/v1/admin/tiers',
  ]) {
    t.ok(path in body.paths, path)
  }
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)
