import { uuidv7 } from '@tintype/domain'
import {
  type Client,
  createClient,
  createUser,
  type ImageBody,
  type ProblemBody,
  poll,
  type TestUser,
} from '@tintype/testkit'

import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { tracesOf } from '../uploads/traces.ts'
import { derive, uploadPicture } from './derived.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const status = async (client: Client, path: string) => (await client.get(path)).status
const detail = async (client: Client, id: string) => (await client.get<ImageBody>(`/v1/images/${id}`)).body

const ROUTES: [method: string, path: (id: string) => string][] = [
  ['GET', (id) => `/v1/images/${id}`],
  ['HEAD', (id) => `/v1/images/${id}`],
  ['DELETE', (id) => `/v1/images/${id}`],
  ['GET', (id) => `/v1/images/${id}/original`],
  ['HEAD', (id) => `/v1/images/${id}/original`],
  ['GET', (id) => `/v1/images/${id}/thumbnails/200`],
  ['GET', (id) => `/v1/images/${id}/thumbnails/400`],
  ['GET', (id) => `/v1/images/${id}/thumbnails/9`],
  ['GET', (id) => `/v1/images/${id}/thumbnails/abc`],
]

t.test('somebody else’s picture is not there, on any route', async (t) => {
  const owner = await createUser(admin, { tier: 'Enterprise' })
  const image = await uploadPicture(owner.client)
  await derive(gateway, image.id, [200, 400])
  const others = {
    'of the same tier': (await createUser(admin, { tier: 'Enterprise' })).client,
    'of a lesser tier': (await createUser(admin, { tier: 'Basic' })).client,
    'an administrator': admin,
  }
  for (const [name, client] of Object.entries(others)) {
    for (const [method, path] of ROUTES) {
      const theirs = await client.request<ProblemBody>(method, path(image.id))
      const nobodys = await client.request<ProblemBody>(method, path(uuidv7()))
      t.equal(theirs.status, 404, `${name}: ${method} ${path('…')}`)
      t.equal(theirs.bytes.toString(), nobodys.bytes.toString(), 'told apart by nothing')
    }
    t.strictSame((await client.get<{ items: unknown[] }>('/v1/images')).body.items, [])
  }
  t.equal(await status(owner.client, `/v1/images/${image.id}/original`), 200, 'it is still there')
})

t.test('ids that are none are of nothing', async (t) => {
  for (const id of [
    'x',
    '%00',
    '..',
    uuidv7().toUpperCase(),
    `${uuidv7()}x`,
    "'--",
    '%F0%9F%93%B7',
    'a'.repeat(3000),
  ]) {
    for (const [method, path] of ROUTES) {
      const answer = await admin.request(method, path(id))
      t.equal(answer.status, 404, `${method} ${path(id).slice(0, 60)}`)
    }
  }
  for (const path of [
    '/v1/images/%',
    '/v1/images/%zz/original',
    '/v1/nothing',
    '/v2/images',
    '//v1/images',
  ]) {
    const answer = await admin.get<ProblemBody>(path.startsWith('//') ? `${gateway.url}${path}` : path)
    t.match(answer, { status: 404, body: { code: 'TT_NOT_FOUND' } }, path)
  }
})

t.test('without a session there is nothing', async (t) => {
  const { client } = await createUser(admin, { tier: 'Basic' })
  const image = await uploadPicture(client)
  for (const [method, path] of [
    ...ROUTES,
    ['GET', () => '/v1/images'] as const,
    ['GET', () => '/v1/me'] as const,
  ]) {
    t.equal(
      (await createClient(gateway.url).request(method, path(image.id))).status,
      401,
      `${method} ${path('…')}`,
    )
  }
})

t.test('what a tier grants is what is shown and served', async (t) => {
  const CASES: [tier: string, heights: string[], original: boolean, links: boolean][] = [
    ['Basic', ['200'], false, false],
    ['Premium', ['200', '400'], true, false],
    ['Enterprise', ['200', '400'], true, true],
  ]
  for (const [tier, heights, original, links] of CASES) {
    const { client } = await createUser(admin, { tier })
    const image = await uploadPicture(client)
    await derive(gateway, image.id, [200, 400])
    const shown = await detail(client, image.id)
    t.strictSame(Object.keys(shown.thumbnails), heights, tier)
    t.strictSame(['original' in shown, 'linksUrl' in shown], [original, links], tier)
    for (const height of ['200', '400']) {
      t.equal(
        await status(client, `/v1/images/${image.id}/thumbnails/${height}`),
        heights.includes(height) ? 200 : 403,
        `${tier} ${height}`,
      )
    }
    t.equal(await status(client, `/v1/images/${image.id}/original`), original ? 200 : 403, `${tier} original`)
    for (const { url } of Object.values(shown.thumbnails)) {
      t.equal(await status(client, new URL(url).pathname), 200, 'the addresses shown are those that answer')
    }
  }
})

t.test('a change of tier acts at the next read, both ways', async (t) => {
  const { id: userId, client } = await createUser(admin, { tier: 'Enterprise' })
  const image = await uploadPicture(client)
  await derive(gateway, image.id, [200, 400])
  const paths = ['thumbnails/200', 'thumbnails/400', 'original'].map(
    (path) => `/v1/images/${image.id}/${path}`,
  )
  const all = () => Promise.all(paths.map((path) => status(client, path)))
  t.strictSame(await all(), [200, 200, 200])
  await admin.patch(`/v1/admin/users/${userId}`, { tier: 'Basic' })
  t.strictSame(await all(), [200, 403, 403])
  t.notMatch(await detail(client, image.id), { original: {} })
  t.notMatch(await detail(client, image.id), { linksUrl: '' })
  await admin.patch(`/v1/admin/users/${userId}`, { tier: 'Premium' })
  t.strictSame(await all(), [200, 200, 200])
})

t.test('so does an edit of the tier', async (t) => {
  const fields = {
    name: 'edited',
    thumbnailHeights: [200, 400],
    originalAccess: true,
    maxUploadBytes: 10_000,
  }
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', fields)
  const { client } = await createUser(admin, { tier: tier.id })
  const image = await uploadPicture(client)
  await derive(gateway, image.id, [200, 400])
  const edit = (changes: object) => admin.patch(`/v1/admin/tiers/${tier.id}`, changes)
  await edit({ thumbnailHeights: [400], originalAccess: false })
  t.equal(await status(client, `/v1/images/${image.id}/thumbnails/200`), 403)
  t.equal(await status(client, `/v1/images/${image.id}/thumbnails/400`), 200)
  t.equal(await status(client, `/v1/images/${image.id}/original`), 403)
  t.strictSame(Object.keys((await detail(client, image.id)).thumbnails), ['400'])
  await edit({ thumbnailHeights: [] })
  t.match(await client.get(`/v1/images/${image.id}/thumbnails/400`), {
    status: 403,
    body: { message: /none/ },
  })
  await edit({ maxUploadBytes: 100 })
  t.equal((await client.upload([{ filename: 'a.jpg', bytes: image.content }])).status, 413)
  await edit({ quotaImages: 1, maxUploadBytes: 10_000 })
  t.match(await client.upload([{ filename: 'a.jpg', bytes: image.content }]), {
    status: 413,
    body: { code: 'TT_QUOTA_EXCEEDED', details: { quotaImages: 1 } },
  })
})

t.test('what is lost while a picture is waited for is lost', async (t) => {
  const other = await createUser(admin, { tier: 'Premium' })
  const CASES: [what: string, status: number, code: string, lose: (user: TestUser, id: string) => unknown][] =
    [
      ['the right', 403, 'TT_THUMBNAIL_NOT_IN_TIER', ({ id }) => change(id, { tier: 'Basic' })],
      ['the account', 401, 'TT_UNAUTHORIZED', ({ id }) => change(id, { disabled: true })],
      ['the session', 401, 'TT_UNAUTHORIZED', ({ client }) => client.post('/v1/auth/logout')],
      ['the picture', 404, 'TT_NOT_FOUND', (_, id) => transfer(id, other.id)],
      ['nothing', 200, '', () => undefined],
    ]
  const change = (id: string, changes: object) => admin.patch(`/v1/admin/users/${id}`, changes)
  const transfer = async (id: string, owner: string) =>
    t.equal((await admin.patch(`/v1/admin/images/${id}`, { owner })).status, 200)
  for (const [what, status, code, lose] of CASES) {
    const user = await createUser(admin, { tier: 'Premium' })
    const { id } = await uploadPicture(user.client)
    const answer = user.client.get<ProblemBody | undefined>(`/v1/images/${id}/thumbnails/400`)
    await poll(
      async () => {
        const rows = await gateway.database.db.execute(
          `SELECT FROM renditions WHERE image_id = '${id}' AND name = 'h400'`,
        )
        return rows.length === 1
      },
      { waitingFor: 'the request to wait' },
    )
    await lose(user, id)
    await derive(gateway, id, [400])
    t.equal((await answer).status, status, what)
    if (status !== 200) t.equal((await answer).body?.code, code, what)
  }
})

t.test('a deleted picture is gone at once, and gives its room back', async (t) => {
  const { client } = await createUser(admin, { tier: 'Premium' })
  const image = await uploadPicture(client)
  const other = await uploadPicture(client)
  await derive(gateway, image.id, [200, 400])
  const deleted = await client.delete(`/v1/images/${image.id}`)
  t.equal(deleted.status, 204)
  t.equal(deleted.bytes.length, 0)
  for (const [method, path] of ROUTES)
    t.equal((await client.request(method, path(image.id))).status, 404, method)
  const { images, usedImages, usedBytes } = await tracesOf(gateway, client)
  t.strictSame(
    { images, usedImages, usedBytes },
    { images: [other.id], usedImages: 1, usedBytes: other.bytes },
  )

  const answers = await Promise.all(Array.from({ length: 5 }, () => client.delete(`/v1/images/${other.id}`)))
  t.strictSame(
    answers.map((answer) => answer.status).toSorted(),
    [204, 404, 404, 404, 404],
    'once, however often',
  )
  t.match((await client.get('/v1/me')).body, { usage: { bytes: 0, images: 0 } })
})

t.test('conduct', (t) => checkConduct(t, gateway))
