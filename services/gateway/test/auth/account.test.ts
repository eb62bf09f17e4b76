import { createClient, createUser, type ProblemBody, signIn, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { startGateway } from '../gateway.ts'

/** What a person does with their own account, on two replicas: what one is told, the other knows at once. */
const redis = await startTestRedis(t)
const gateway = await startGateway(t, {
  redisUrl: redis.url,
  env: { ANONYMOUS_PER_MINUTE: '100000' },
})
const beside = await gateway.startBeside()
const admin = await gateway.signInAsAdmin()
const NEW_PASSWORD = 'a quite different passphrase'

interface SessionBody {
  id: string
  userAgent: string
  address: string
  current: boolean
  createdAt: string
  lastUsedAt: string
  expiresAt: string
}

const there = (accessToken: string | undefined) => createClient(beside.url, accessToken)
const status = async (token: string | undefined) => (await there(token).get('/v1/me')).status
const newTier = async (name: string, limits: object) =>
  (await admin.post<{ id: string }>('/v1/admin/tiers', { name, ...limits })).body.id
const login = (username: string, password: string, url = gateway.url) =>
  createClient(url).post<ProblemBody & { refreshToken: string }>('/v1/auth/login', { username, password })

t.test('a logout acts at once on the other gateway', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  t.equal(await status(user.client.accessToken), 200)
  t.equal((await user.client.post('/v1/auth/logout')).status, 204)
  t.equal(await status(user.client.accessToken), 401)
})

t.test('sessions are listed, and ended one by one', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const other = await createUser(admin, { tier: 'Basic' })
  const second = await signIn(beside.url, user)
  const list = async (client = user.client) =>
    (await client.get<{ items: SessionBody[] }>('/v1/auth/sessions')).body.items
  const items = await list()
  t.equal(items.length, 2)
  t.strictSame(
    items.map(({ current }) => current),
    [false, true],
  )
  t.match(items[0], { userAgent: /node|undici/, address: '127.0.0.1', createdAt: String, lastUsedAt: String })
  const id = items[0]?.id ?? ''
  t.equal((await other.client.delete(`/v1/auth/sessions/${id}`)).status, 404, 'not by another person')
  t.equal(await status(second.accessToken), 200)
  t.equal((await user.client.delete(`/v1/auth/sessions/${id}`)).status, 204)
  t.equal(await status(second.accessToken), 401)
  t.equal((await user.client.delete(`/v1/auth/sessions/${id}`)).status, 404)
  t.equal((await user.client.delete('/v1/auth/sessions/abc')).status, 404)
  t.equal((await list()).length, 1)
})

t.test('a password change is of the token’s own user, and ends their other sessions', async (t) => {
  const [ann, bob] = [await createUser(admin, { tier: 'Basic' }), await createUser(admin, { tier: 'Basic' })]
  const second = await login(ann.username, ann.password)
  const elsewhere = await signIn(beside.url, ann)
  const change = (body: object) => ann.client.post<ProblemBody>('/v1/auth/change-password', body)
  const order = { oldPassword: ann.password, newPassword: NEW_PASSWORD }

  t.match(await change({ ...order, oldPassword: bob.password }), {
    status: 403,
    body: { code: 'TT_WRONG_PASSWORD', details: { field: 'oldPassword' } },
  })
  t.match(await change({ ...order, username: bob.username }), {
    status: 400,
    body: { details: [{ field: 'username' }] },
  })
  for (const newPassword of ['short', `x-${ann.username}-x`, 'Password2026!', ann.password]) {
    t.match(await change({ ...order, newPassword }), {
      status: 400,
      body: { code: 'TT_WEAK_PASSWORD', details: { field: 'newPassword' } },
    })
  }
  t.equal(await status(elsewhere.accessToken), 200, 'what is refused changes nothing')

  t.equal((await change(order)).status, 204)
  t.equal(await status(ann.client.accessToken), 200, 'this session goes on')
  t.equal(await status(elsewhere.accessToken), 401)
  const { refreshToken } = second.body
  t.equal((await createClient(beside.url).post('/v1/auth/refresh', { refreshToken })).status, 401)
  t.equal(await status(bob.client.accessToken), 200)
  t.equal((await login(ann.username, ann.password)).status, 401)
  t.equal((await login(ann.username, NEW_PASSWORD)).status, 200)
  t.equal((await login(bob.username, bob.password)).status, 200)
})

t.test('of two password changes at once, one wins', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const passwords = [`${NEW_PASSWORD} 1`, `${NEW_PASSWORD} 2`]
  const answers = await Promise.all(
    [gateway.url, beside.url].map((url, i) =>
      createClient(url, user.client.accessToken).post('/v1/auth/change-password', {
        oldPassword: user.password,
        newPassword: passwords[i],
      }),
    ),
  )
  t.strictSame(answers.map((answer) => answer.status).toSorted(), [204, 403])
  const winner = answers.findIndex((answer) => answer.status === 204)
  t.equal((await login(user.username, passwords[winner] ?? '')).status, 200)
  t.equal((await login(user.username, passwords[1 - winner] ?? '')).status, 401)
})

t.test('wrong passwords lock one address out of one account', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const wrong = { oldPassword: 'wrong', newPassword: NEW_PASSWORD }
  for (let i = 0; i < 5; i += 1) {
    t.equal((await login(user.username, 'wrong', i % 2 ? beside.url : gateway.url)).status, 401)
    t.equal((await user.client.post('/v1/auth/change-password', wrong)).status, 403, 'old ones count too')
  }
  for (const url of [gateway.url, beside.url]) {
    const answer = await login(user.username, user.password, url)
    t.match(answer, { status: 429, body: { code: 'TT_TOO_MANY_WRONG_PASSWORDS' } })
    t.ok(Number(answer.headers.get('retry-after')) > 0)
  }
  t.equal((await user.client.post('/v1/auth/change-password', wrong)).status, 429)
  t.equal((await user.client.get('/v1/me')).status, 200, 'who is signed in goes on')
  const unknown = await Promise.all(Array.from({ length: 12 }, () => login('nobody-at-all', 'wrong')))
  t.equal(unknown.filter((answer) => answer.status === 401).length, 10, 'nobody is limited as somebody is')
  t.equal(unknown.filter((answer) => answer.status === 429).length, 2)
})

t.test('requests of a user are counted over both, by their tier of this moment', async (t) => {
  const tier = await newTier('Slow', { readsPerMinute: 7 })
  const user = await createUser(admin, { tier })
  const ask = (url: string) => createClient(url, user.client.accessToken).get<ProblemBody>('/v1/me')
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => ask(i % 2 ? beside.url : gateway.url)),
  )
  t.equal(answers.filter((answer) => answer.status === 200).length, 7)
  const refused = answers.find((answer) => answer.status === 429)
  t.match(refused?.body, { code: 'TT_RATE_LIMITED', statusCode: 429 })
  t.ok(Number(refused?.headers.get('retry-after')) > 0)
  t.equal(refused?.headers.get('ratelimit-limit'), '7')
  t.equal((await admin.patch(`/v1/admin/tiers/${tier}`, { readsPerMinute: 1000 })).status, 200)
  t.equal((await ask(beside.url)).status, 200, 'more at once')
  await admin.patch(`/v1/admin/tiers/${tier}`, { readsPerMinute: 5 })
  t.equal((await ask(gateway.url)).status, 429, 'and less')
  t.equal((await user.client.delete('/v1/images/abc')).status, 429)
  t.equal((await user.client.upload([])).headers.get('ratelimit-limit'), '600', 'uploads are counted apart')
  t.equal((await user.client.post('/v1/auth/logout')).status, 204, 'whoever wants to leave may')
})

t.test('whoever is nobody is counted by address; probes are not counted', async (t) => {
  const answer = await createClient(gateway.url).get('/docs/json')
  t.equal(answer.headers.get('ratelimit-limit'), '100000')
  const before = Number(answer.headers.get('ratelimit-remaining'))
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    t.equal((await createClient(gateway.url).get(path)).headers.get('ratelimit-limit'), null, path)
  }
  const forged = await createClient(beside.url, 'forged').get('/v1/me')
  t.equal(Number(forged.headers.get('ratelimit-remaining')), before - 1, 'so is who shows what is no token')
})

t.test('with Redis away requests go on, and logins are limited in the process', async (t) => {
  const user = await createUser(admin, { tier: await newTier('Slowest', { readsPerMinute: 1 }) })
  t.equal((await user.client.get('/v1/me')).headers.get('ratelimit-remaining'), '0')
  await redis.stop()
  for (let i = 0; i < 5; i += 1) t.equal((await user.client.get('/v1/me')).status, 200)
  for (let i = 0; i < 10; i += 1) t.equal((await login(user.username, 'wrong')).status, 401)
  t.equal((await login(user.username, user.password)).status, 429)
  t.equal((await login(user.username, user.password, beside.url)).status, 200, 'in each by itself')
})

t.test('conduct', (t) => checkConduct(t, gateway))
