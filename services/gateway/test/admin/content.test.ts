import { createLink, failDerivation, findUser, requestRendition } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { createUser } from '@tintype/testkit'
import t from 'tap'
import {
  addImage,
  admin,
  type Body,
  database,
  ids,
  type List,
  lastAudit,
  list,
  newName,
  ready,
} from './administration.ts'

t.test('everybody’s pictures', async (t) => {
  const [ann, bea] = [
    await createUser(admin, { tier: 'Premium' }),
    await createUser(admin, { tier: 'Basic' }),
  ]
  const [one, two] = [await addImage(ann.id, { title: 'A mountain' }), await addImage(ann.id)]
  await failDerivation(database, two, 'TT_IMAGE_CORRUPT', [])
  await ready(one)
  await requestRendition(database, one, 'h400')
  await failDerivation(database, one, 'TT_DECODER_CRASHED', ['h200'])
  t.strictSame(ids(await list(`images?owner=${ann.id}`)), [two, one])
  t.strictSame(ids(await list(`images?owner=${ann.id}&q=mountain`)), [one])
  t.match((await list(`images?owner=${ann.id}&state=failed`)).items, [
    { id: two, state: 'failed', error: { code: 'TT_IMAGE_CORRUPT' }, owner: { username: ann.username } },
  ])
  t.match((await admin.get(`/v1/admin/images/${one}`)).body, {
    renditions: [
      { name: 'full.png', state: 'pending' },
      { name: 'h200', state: 'failed', error: { code: 'TT_DECODER_CRASHED' } },
      { name: 'h400', state: 'pending' },
    ],
  })
  t.equal((await admin.get(`/v1/images/${one}`)).status, 404, 'an administrator gets nobody’s bytes')

  t.match(await admin.post(`/v1/admin/images/${two}/retry`), { status: 202, body: { state: 'pending' } })
  t.match(await admin.post(`/v1/admin/images/${two}/retry`), { status: 409, body: { code: 'TT_NOT_FAILED' } })
  t.match(await admin.post('/v1/admin/images/retry', { ids: [one, two, 'x'] }), {
    status: 202,
    body: { retried: [one], more: false },
  })
  await failDerivation(database, two, 'TT_IMAGE_CORRUPT', [])
  t.match(((await list('stats')) as unknown as { failures: unknown }).failures, [
    { code: 'TT_IMAGE_CORRUPT', message: String, images: 1 },
  ])
  t.match(await admin.post('/v1/admin/images/retry', { all: true }), {
    body: { retried: [two], more: false },
  })
  t.match(await lastAudit(), { action: 'image.retry', subject: { type: 'image', id: two } })
  for (const body of [{}, { all: false }, { all: true, ids: [one] }, { ids: [] }])
    t.equal((await admin.post('/v1/admin/images/retry', body)).status, 400, JSON.stringify(body))

  const give = (owner: unknown, id = one) => admin.patch<Body>(`/v1/admin/images/${id}`, { owner })
  t.match(await give(bea.id), { status: 200, body: { owner: { id: bea.id } } })
  t.equal((await ann.client.get(`/v1/images/${one}`)).status, 404)
  t.equal((await bea.client.get(`/v1/images/${one}`)).status, 200)
  t.match(await findUser(database, bea.id), { usedBytes: 1000, usedImages: 1 })
  t.match(await give(uuidv7()), {
    status: 400,
    body: { code: 'TT_UNKNOWN_OWNER', details: { field: 'owner' } },
  })
  t.match(await give('x'), { status: 400, body: { code: 'TT_BAD_ID', details: { field: 'owner' } } })
  t.match(await give(bea.id, uuidv7()), { status: 404 })
  const { body: tiny } = await admin.post<Body>('/v1/admin/tiers', { name: newName(), quotaImages: 0 })
  const full = await createUser(admin, { tier: String(tiny.id) })
  t.match(await give(full.id), {
    status: 409,
    body: { code: 'TT_QUOTA_EXCEEDED', details: { field: 'owner' } },
  })

  t.equal((await admin.delete(`/v1/admin/images/${one}`)).status, 204)
  t.equal((await admin.delete(`/v1/admin/images/${one}`)).status, 404)
  t.equal((await bea.client.get(`/v1/images/${one}`)).status, 404)
  t.equal((await admin.get('/v1/admin/images/x')).status, 404)
  t.equal((await admin.get('/v1/admin/images?owner=x')).status, 400)
})

t.test('everybody’s links', async (t) => {
  const user = await createUser(admin, { tier: 'Enterprise' })
  const imageId = await addImage(user.id)
  const id = uuidv7()
  const fields = { target: 'h200', expiresInSeconds: 600, passwordHash: 'SECRET' } as const
  await createLink(database, { id, ownerId: user.id, imageId, ...fields })
  const answer = await admin.get<List>(`/v1/admin/links?owner=${user.id}`)
  t.match(answer.body.items, [
    {
      id,
      image: { id: imageId, title: 'A picture', filename: 'picture.jpg' },
      owner: { username: user.username },
      target: 'h200',
      hasPassword: true,
    },
  ])
  t.notMatch(answer.bytes.toString(), /SECRET|\/l\/|token/)
  t.strictSame(ids(await list(`links?image=${imageId}`)), [id])
  t.strictSame(ids(await list(`links?image=${uuidv7()}`)), [])
  t.equal((await admin.delete(`/v1/admin/links/${id}`)).status, 204)
  t.equal((await admin.delete(`/v1/admin/links/${id}`)).status, 204, 'twice is once')
  t.strictSame(ids(await list(`links?owner=${user.id}`)), [])
  t.match(await lastAudit(), { action: 'link.revoke', subject: { type: 'link', id } })
  t.equal((await admin.delete(`/v1/admin/links/${uuidv7()}`)).status, 404)
})
