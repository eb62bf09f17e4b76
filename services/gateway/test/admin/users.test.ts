import { randomBytes } from 'node:crypto'
import { uuidv7 } from '@tintype/domain'
import { type Client, createClient, createUser, type ProblemBody, signIn } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'

interface UserBody {
  id: string
  username: string
  email: string | null
  role: string
  disabled: boolean
  createdAt: string
  tier: { id: string; name: string }
  usage: { bytes: number; quotaBytes: number; images: number; quotaImages: number }
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const password = 'a password for tests'
const newName = () => `user-${randomBytes(4).toString('hex')}`
const make = (fields: object, client: Client = admin) =>
  client.post<UserBody & ProblemBody>('/v1/admin/users', { username: newName(), password, ...fields })
const change = (id: string, fields: unknown, client: Client = admin) =>
  client.patch<UserBody & ProblemBody>(`/v1/admin/users/${id}`, fields)
const {
  body: { items: tiers },
} = await admin.get<{ items: { id: string; name: string }[] }>('/v1/admin/tiers')
const tierId = (name: string) => tiers.find((tier) => tier.name === name)?.id ?? ''

t.test('a new user', async (t) => {
  const username = newName()
  const made = await make({ username, email: 'Ann@Example.com', tier: 'premium', role: 'auditor' })
  t.equal(made.status, 201)
  t.ok(made.headers.get('location')?.endsWith(`/v1/admin/users/${made.body.id}`))
  t.match(made.body, {
    username,
    email: 'Ann@Example.com',
    role: 'auditor',
    disabled: false,
    tier: { name: 'Premium' },
    usage: { bytes: 0, images: 0 },
  })
  t.notMatch(made.bytes.toString(), /hash|argon/i)
  t.strictSame((await admin.get(`/v1/admin/users/${made.body.id}`)).body, made.body)
  t.match((await (await signIn(gateway.url, { username, password })).get('/v1/me')).body, { username })
})

t.test('what is left out is the least', async (t) => {
  t.match(await make({}), { status: 201, body: { email: null, role: 'user', tier: { name: 'Basic' } } })
})

t.test('a tier is named or numbered', async (t) => {
  t.match(await make({ tier: 'ENTERPRISE' }), { status: 201, body: { tier: { name: 'Enterprise' } } })
  t.match(await make({ tier: tierId('Premium') }), { status: 201, body: { tier: { name: 'Premium' } } })
  for (const tier of ['Gold', uuidv7(), '%']) {
    t.match(await make({ tier }), {
      status: 400,
      body: { code: 'TT_UNKNOWN_TIER', details: { field: 'tier' } },
    })
  }
})

t.test('names and addresses are of one user each, in any case', async (t) => {
  const username = newName()
  const email = `${username}@example.com`
  await make({ username, email })
  t.match(await make({ username: username.toUpperCase() }), {
    status: 409,
    body: { code: 'TT_USERNAME_TAKEN', details: { field: 'username' } },
  })
  t.match(await make({ email: email.toUpperCase() }), {
    status: 409,
    body: { code: 'TT_EMAIL_TAKEN', details: { field: 'email' } },
  })
  const one = newName()
  const answers = await Promise.all(Array.from({ length: 5 }, () => make({ username: one })))
  t.strictSame(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409], 'at once too')
})

t.test('passwords that are weak', async (t) => {
  const username = newName()
  const WEAK = ['short', 'elevenchars', `the user is ${username}`]
  for (const weak of WEAK) {
    t.match(await make({ username, password: weak }), {
      status: 400,
      body: { code: 'TT_WEAK_PASSWORD', details: { field: 'password' } },
    })
  }
  t.equal((await make({ username })).status, 201)
})

t.test('fields that are wrong are named', async (t) => {
  const BAD: [fields: object, field: string][] = [
    [{ username: '' }, 'username'],
    [{ username: ' ann' }, 'username'],
    [{ username: 'an/n' }, 'username'],
    [{ username: 'a\u0000n' }, 'username'],
    [{ username: 'x'.repeat(65) }, 'username'],
    [{ username: undefined }, 'username'],
    [{ email: 'nobody' }, 'email'],
    [{ email: 'a@b\u0000.example' }, 'email'],
    [{ password: undefined }, 'password'],
    [{ password: 'x'.repeat(129) }, 'password'],
    [{ tier: '' }, 'tier'],
    [{ tier: 'a\u0000b' }, 'tier'],
    [{ role: 'root' }, 'role'],
    [{ id: uuidv7() }, 'id'],
    [{ usedBytes: -1 }, 'usedBytes'],
  ]
  for (const [fields, field] of BAD) {
    const answer = await make(fields)
    t.equal(answer.status, 400, JSON.stringify(fields).slice(0, 60))
    t.equal(answer.body.code, 'TT_VALIDATION')
    t.match(answer.body.details, [{ field }])
  }
  t.equal((await make({ username: 'Żółć.2_x-y' })).status, 201)
})

t.test('changes', async (t) => {
  const { body: user } = await make({ email: 'change@example.com' })
  t.match(await change(user.id, { tier: 'Premium' }), {
    status: 200,
    body: { tier: { name: 'Premium' }, role: 'user' },
  })
  t.match(await change(user.id, { role: 'auditor' }), {
    status: 200,
    body: { tier: { name: 'Premium' }, role: 'auditor' },
  })
  t.match(await change(user.id, { disabled: true }), { status: 200, body: { disabled: true } })
  t.match(
    await change(user.id, { disabled: true }),
    { status: 200, body: { disabled: true } },
    'twice is once',
  )
  t.match(await change(user.id, { disabled: false, tier: tierId('Basic') }), {
    status: 200,
    body: { disabled: false, tier: { name: 'Basic' }, email: 'change@example.com' },
  })
  t.match(await change(user.id, { tier: 'Gold' }), { status: 400, body: { code: 'TT_UNKNOWN_TIER' } })
  const BAD: [fields: unknown, field: string | undefined][] = [
    [{}, undefined],
    [[], undefined],
    [{ disabled: 'perhaps' }, 'disabled'],
    [{ disabled: null }, 'disabled'],
    [{ disabled: '' }, 'disabled'],
    [{ role: null }, 'role'],
    [{ role: 'root' }, 'role'],
    [{ username: 'new' }, 'username'],
    [{ tier: ['Basic', 'Premium'] }, 'tier'],
  ]
  for (const [fields, field] of BAD) {
    const answer = await change(user.id, fields)
    t.equal(answer.status, 400, JSON.stringify(fields))
    if (field !== undefined) t.match(answer.body.details, [{ field }])
  }
  t.match((await admin.get(`/v1/admin/users/${user.id}`)).body, { disabled: false, tier: { name: 'Basic' } })
})

t.test('nobody there', async (t) => {
  for (const id of [uuidv7(), 'x', '%00', "'--", 'x'.repeat(500)]) {
    t.match(await admin.get(`/v1/admin/users/${id}`), { status: 404, body: { code: 'TT_NOT_FOUND' } })
    t.match(await change(id, { disabled: true }), { status: 404, body: { code: 'TT_NOT_FOUND' } })
  }
})

t.test('disabling ends sessions at once', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const second = await signIn(gateway.url, user)
  await change(user.id, { disabled: true })
  t.equal((await user.client.get('/v1/me')).status, 401)
  t.equal((await second.get('/v1/images')).status, 401)
  await t.rejects(signIn(gateway.url, user), /401/)
})

t.test('the last administrator stays one', async (t) => {
  const { body: me } = await admin.get<UserBody>('/v1/me')
  for (const fields of [{ disabled: true }, { role: 'user' }, { role: 'auditor', disabled: false }]) {
    t.match(await change(me.id, fields), { status: 409, body: { code: 'TT_LAST_ADMIN' } })
  }
  t.equal((await change(me.id, { tier: 'Premium' })).status, 200, 'what takes nothing away is allowed')

  const other = await createUser(admin, { tier: 'Basic', role: 'admin' })
  const answers = await Promise.all([
    change(me.id, { role: 'user' }),
    change(other.id, { role: 'user' }, other.client),
  ])
  t.strictSame(answers.map(({ status }) => status).toSorted(), [200, 409], 'two at once leave one')
  const survivor = answers[0]?.status === 200 ? other.client : admin
  const fallen = answers[0]?.status === 200 ? me.id : other.id
  t.equal((await change(fallen, { role: 'admin' }, survivor)).status, 200)

  await change(other.id, { disabled: true })
  t.match(await change(me.id, { disabled: true }), { status: 409 }, 'a disabled administrator is none')
})

t.test('who may', async (t) => {
  const user = await createUser(admin, { tier: 'Enterprise' })
  const auditor = await createUser(admin, { tier: 'Basic', role: 'auditor' })
  const READS = [`/v1/admin/users/${user.id}`, '/v1/admin/tiers', `/v1/admin/tiers/${tierId('Basic')}`]
  const WRITES: [method: string, path: string, body: object][] = [
    ['POST', '/v1/admin/users', { username: newName(), password }],
    ['PATCH', `/v1/admin/users/${user.id}`, { role: 'admin' }],
    ['POST', '/v1/admin/tiers', { name: newName() }],
    ['PATCH', `/v1/admin/tiers/${tierId('Basic')}`, { originalAccess: true }],
  ]
  const write = (client: Client, [method, path, body]: (typeof WRITES)[number]) =>
    client.request<ProblemBody>(method, path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  for (const path of READS) {
    t.equal((await createClient(gateway.url).get(path)).status, 401, path)
    t.match(await user.client.get(path), { status: 403, body: { code: 'TT_FORBIDDEN' } }, path)
    t.equal((await auditor.client.get(path)).status, 200, path)
  }
  for (const call of WRITES) {
    t.equal((await write(createClient(gateway.url), call)).status, 401, call[1])
    t.match(await write(user.client, call), { status: 403, body: { code: 'TT_FORBIDDEN' } }, call[1])
    t.match(await write(auditor.client, call), { status: 403, body: { code: 'TT_FORBIDDEN' } }, call[1])
  }
  t.match((await admin.get(`/v1/admin/users/${user.id}`)).body, { role: 'user' })
  await change(auditor.id, { role: 'admin' })
  t.equal(
    (await auditor.client.post('/v1/admin/users', { username: newName(), password })).status,
    201,
    'at once',
  )
})

t.test('conduct', (t) => checkConduct(t, gateway))
