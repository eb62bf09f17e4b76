import { uuidv7 } from '@tintype/domain'
import { createClient, createUser, type ProblemBody, signIn } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { addImage, admin, type Body, gateway, ids, lastAudit, list, newName } from './administration.ts'

const { body: me } = await admin.get<{ id: string }>('/v1/me')

t.test('users are listed, found and paged', async (t) => {
  const made = []
  for (let count = 0; count < 3; count += 1) made.push(await createUser(admin, { tier: 'Premium' }))
  const expected = made.map(({ id }) => id).reverse()
  t.strictSame(ids(await list('users?tier=premium')), expected)
  const first = await list('users?tier=Premium&limit=2')
  t.strictSame(ids(first), expected.slice(0, 2))
  const second = await list(`users?tier=Premium&limit=2&cursor=${first.nextCursor}`)
  t.strictSame(ids(second), expected.slice(2))
  t.equal(second.nextCursor, null)
  t.strictSame(ids(await list(`users?q=${made[1]?.username.toUpperCase()}`)), [made[1]?.id])
  t.strictSame(ids(await list('users?role=admin')), [me.id])
  t.strictSame(ids(await list('users?disabled=true')), [])
  const BAD: [query: string, field: string][] = [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['cursor=x', 'cursor'],
    ['role=root', 'role'],
    ['tier=Gold', 'tier'],
    ['q=%00', 'q'],
    ['disabled=perhaps', 'disabled'],
    ['colour=red', 'colour'],
  ]
  for (const [query, field] of BAD) {
    const answer = await admin.get<ProblemBody>(`/v1/admin/users?${query}`)
    t.equal(answer.status, 400, query)
    t.ok(
      [answer.body.details].flat().some((detail) => (detail as { field: string }).field === field),
      query,
    )
  }
})

t.test('every change is in the audit log, with who and from where', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  t.match(await lastAudit(), {
    action: 'user.create',
    actor: { id: me.id, username: 'admin' },
    subject: { type: 'user', id: user.id, name: user.username },
    before: null,
    after: { username: user.username, tier: 'Basic' },
    address: '127.0.0.1',
  })
  const changed = await admin.patch(`/v1/admin/users/${user.id}`, { tier: 'Premium', email: null })
  t.match(changed, { status: 200, body: { email: null } })
  const entry = await lastAudit()
  t.match(entry, {
    action: 'user.update',
    before: { tier: 'Basic' },
    after: { tier: 'Premium', email: null },
    requestId: changed.headers.get('x-request-id'),
  })
  await admin.patch(`/v1/admin/users/${me.id}`, { role: 'user' })
  await admin.patch(`/v1/admin/users/${user.id}`, { tier: 'Gold' })
  t.strictSame(await lastAudit(), entry, 'what was refused is not in it')

  const { body: tier } = await admin.post<Body>('/v1/admin/tiers', { name: newName() })
  t.match(await lastAudit(), { action: 'tier.create', subject: { id: tier.id } })
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { linkAccess: true })
  t.match(await lastAudit(), {
    action: 'tier.update',
    before: { linkAccess: false },
    after: { linkAccess: true },
  })
  await admin.delete(`/v1/admin/tiers/${tier.id}`)
  t.match(await lastAudit(), { action: 'tier.delete', subject: { id: tier.id } })
  t.strictSame((await list(`audit?subject=${tier.id}`)).items.length, 3)
  t.strictSame((await list(`audit?subject=${tier.id}&action=tier.update`)).items.length, 1)
  t.strictSame((await list(`audit?actor=${uuidv7()}`)).items.length, 0)
  t.strictSame((await list('audit?to=2000-01-01T00:00:00Z')).items.length, 0)
  t.ok((await list('audit?from=2000-01-01T00:00:00Z')).items.length > 3)
  const queries = [
    'actor=x',
    'subject=x',
    'action=x',
    'from=yesterday',
    'to=0000-01-01T00:00:00Z',
    'cursor=x',
  ]
  for (const query of [...queries, 'from=2016-12-31T23:59:60Z'])
    t.equal((await admin.get(`/v1/admin/audit?${query}`)).status, 400, query)
})

t.test('a password is reset, and sessions end', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const password = 'another password of theirs'
  const reset = (id: string, fields: unknown) => admin.post<Body>(`/v1/admin/users/${id}/password`, fields)
  t.match(await reset(user.id, { password: 'short' }), { status: 400, body: { code: 'TT_WEAK_PASSWORD' } })
  t.equal((await user.client.get('/v1/me')).status, 200)
  t.equal((await reset(user.id, { password })).status, 204)
  t.match(await lastAudit(), { action: 'user.password', subject: { id: user.id }, before: null, after: null })
  t.equal((await user.client.get('/v1/me')).status, 401)
  await t.rejects(signIn(gateway.url, user), /401/)
  await t.resolves(signIn(gateway.url, { ...user, password }))
  t.match(await reset(me.id, { password }), { status: 409, body: { code: 'TT_OWN_PASSWORD' } })
  t.match(await reset(uuidv7(), { password }), { status: 404 })
  t.match(await reset('x', { password }), { status: 404 })
})

t.test('users are deleted', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const image = await addImage(user.id)
  t.equal((await admin.delete(`/v1/admin/users/${user.id}`)).status, 204)
  t.equal((await admin.delete(`/v1/admin/users/${user.id}`)).status, 404)
  t.equal((await admin.get(`/v1/admin/users/${user.id}`)).status, 404)
  t.equal((await admin.get(`/v1/admin/images/${image}`)).status, 404)
  t.equal((await user.client.get('/v1/me')).status, 401)
  t.match(await lastAudit(), { action: 'user.delete', subject: { type: 'user', id: user.id } })
  t.notMatch(JSON.stringify(await lastAudit()), user.username, 'who they were is forgotten')
  t.match(await admin.delete(`/v1/admin/users/${me.id}`), { status: 409, body: { code: 'TT_LAST_ADMIN' } })
  await createUser(admin, { tier: 'Basic', username: user.username })

  const others = [await createUser(admin, { tier: 'Basic' }), await createUser(admin, { tier: 'Basic' })]
  const bulk = await admin.post('/v1/admin/users/delete', {
    ids: [others[0]?.id, me.id, user.id, 'x', others[1]?.id],
  })
  t.match(bulk, {
    status: 200,
    body: {
      items: [
        { id: others[0]?.id, status: 'deleted' },
        { id: me.id, status: 'refused', error: { code: 'TT_LAST_ADMIN', statusCode: 409 } },
        { id: user.id, status: 'refused', error: { code: 'TT_NOT_FOUND' } },
        { id: 'x', status: 'refused', error: { code: 'TT_NOT_FOUND' } },
        { id: others[1]?.id, status: 'deleted' },
      ],
    },
  })
  for (const body of [{}, { ids: [] }, { ids: [1] }, { ids: Array.from({ length: 101 }, uuidv7) }])
    t.equal((await admin.post('/v1/admin/users/delete', body)).status, 400)
})

t.test('a tier is deleted with its users moved', async (t) => {
  const { body: tier } = await admin.post<Body>('/v1/admin/tiers', { name: newName() })
  const user = await createUser(admin, { tier: String(tier.id) })
  const remove = (query: string) => admin.delete<Body>(`/v1/admin/tiers/${tier.id}${query}`)
  t.match((await list('tiers')).items.at(-1), { id: tier.id, users: 1 })
  t.match(await remove(''), {
    status: 409,
    body: { code: 'TT_TIER_IN_USE', details: { field: 'moveTo', users: 1 } },
  })
  for (const target of ['Gold', String(tier.id)]) {
    t.match(await remove(`?moveTo=${target}`), {
      status: 400,
      body: { code: 'TT_UNKNOWN_TIER', details: { field: 'moveTo' } },
    })
  }
  t.equal((await remove('?moveTo=premium')).status, 204)
  t.match((await user.client.get('/v1/me')).body, { tier: { name: 'Premium' } })
  t.equal((await remove('')).status, 404)
  const basic = (await list('tiers')).items.find(({ name }) => name === 'Basic')
  t.match(await admin.delete(`/v1/admin/tiers/${basic?.id}?moveTo=Premium`), {
    status: 409,
    body: { code: 'TT_DEFAULT_TIER_NEEDED' },
  })
})

t.test('what an edit of a tier would do', async (t) => {
  const { body: tier } = await admin.post<Body>('/v1/admin/tiers', { name: newName() })
  const user = await createUser(admin, { tier: String(tier.id) })
  await addImage(user.id)
  const preview = (fields: object) => admin.post<Body>(`/v1/admin/tiers/${tier.id}/preview`, fields)
  t.strictSame((await preview({ thumbnailHeights: [400], originalAccess: true, quotaBytes: 1 })).body, {
    tier: { ...tier, thumbnailHeights: [400], originalAccess: true, quotaBytes: 1 },
    users: 1,
    usersOverQuota: 1,
    images: 1,
    gained: ['original', 'h400'],
    lost: ['h200'],
    renditions: 1,
    estimated: false,
  })
  t.match(await preview({ linkMinSeconds: 601, linkMaxSeconds: 600 }), {
    status: 400,
    body: { code: 'TT_BAD_TIER', details: { field: 'linkMinSeconds' } },
  })
  t.strictSame((await admin.get(`/v1/admin/tiers/${tier.id}`)).body, tier, 'nothing is changed')
})

t.test('how far a tier is reconciled', async (t) => {
  const { body: tier } = await admin.post<Body>('/v1/admin/tiers', { name: newName() })
  const user = await createUser(admin, { tier: String(tier.id) })
  await addImage(user.id)
  const progress = () => admin.get<Body>(`/v1/admin/tiers/${tier.id}/reconcile`)
  t.strictSame((await progress()).body, { version: 1, state: 'none', imagesTotal: 0, imagesDone: 0 })
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { thumbnailHeights: [200, 400] })
  t.match(await progress(), {
    status: 200,
    body: { version: 2, state: 'running', imagesTotal: 1, imagesDone: 0, startedAt: String },
  })
  t.match((await list('stats')) as unknown, {
    uploads: { lastHour: Number, lastDay: Number },
    queues: { maintenance: { waiting: Number, oldestWaitingSeconds: Number, workers: 0 } },
  })
  t.equal((await admin.get(`/v1/admin/tiers/${uuidv7()}/reconcile`)).status, 404)
})

t.test('an auditor reads all and changes nothing', async (t) => {
  const auditor = await createUser(admin, { tier: 'Basic', role: 'auditor' })
  const user = await createUser(admin, { tier: 'Basic' })
  const image = await addImage(user.id)
  const [tier] = (await list('tiers')).items
  const { body: document } = await admin.get<{ paths: Record<string, Record<string, unknown>> }>('/docs/json')
  const routes = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/admin/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))
  t.ok(routes.length > 20, 'all of them, from the document')
  const subjects: Record<string, unknown> = {
    users: user.id,
    images: image,
    tiers: tier?.id,
    links: uuidv7(),
    verifications: (await admin.post<{ id: string }>('/v1/admin/verifications', {})).body.id,
  }
  // All that is kept of somebody, originals too: who gives it out answers for it.
  const forAdministrators = new Set(['/v1/admin/users/{id}/export'])
  const before = await list('audit?limit=100')
  for (const [method, template] of routes) {
    const path = template.replace('{id}', String(subjects[template.split('/')[3] ?? '']))
    const send = (client: typeof admin) =>
      client.request<ProblemBody>(
        method,
        path,
        method === 'GET' || method === 'DELETE'
          ? {}
          : {
              headers: { 'content-type': 'application/json' },
              body: '{}',
            },
      )
    t.equal((await send(createClient(gateway.url))).status, 401, `${method} ${path}`)
    t.equal((await send(user.client)).status, 403, `${method} ${path}`)
    const mayRead = method === 'GET' && !forAdministrators.has(template)
    t.equal((await send(auditor.client)).status, mayRead ? 200 : 403, `${method} ${path}`)
  }
  t.strictSame(await list('audit?limit=100'), before)
})

t.test('conduct', (t) => checkConduct(t, gateway))
