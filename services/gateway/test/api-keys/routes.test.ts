import { createHash } from 'node:crypto'
import { SCOPES, type Scope, uuidv7 } from '@tintype/domain'
import { type Client, createClient, createUser, type ProblemBody, poll } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'

interface KeyBody extends ProblemBody {
  id: string
  key: string
  name: string
  hint: string
  scopes: Scope[]
  expiresAt: string | null
  lastUsedAt: string | null
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const user = await createUser(admin, { tier: 'Enterprise' })

const make = (client: Client, body: object) => client.post<KeyBody>('/v1/api-keys', body)
const list = async (client: Client) => (await client.get<{ items: KeyBody[] }>('/v1/api-keys')).body.items

/** A program that has a new key of these scopes. */
async function program(client: Client, ...scopes: Scope[]): Promise<Client> {
  const made = await make(client, { name: uuidv7(), scopes })
  if (made.status !== 201) throw new Error(made.body.message)
  return createClient(gateway.url, made.body.key)
}

t.test('a key is shown once, and kept as a hash', async (t) => {
  const made = await make(user.client, { name: 'Backup', scopes: ['images:read'] })
  t.equal(made.status, 201)
  t.equal(made.headers.get('cache-control'), 'no-store')
  const { key, hint, id } = made.body
  t.match(key, /^ttk_[\w-]{43}$/)
  t.equal(key.slice(0, hint.length), hint)
  t.match(made.body, { name: 'Backup', scopes: ['images:read'], expiresAt: null, lastUsedAt: null })

  const [listed] = await list(user.client)
  t.equal(listed?.id, id)
  t.notOk(listed !== undefined && 'key' in listed)
  const [row] = await gateway.database.db.execute<Record<string, string>>(
    `SELECT * FROM api_keys WHERE id = '${id}'`,
  )
  t.equal(row?.secret_sha256, createHash('sha256').update(key).digest('hex'))
  t.notMatch(JSON.stringify(row), key)

  t.match(await createClient(gateway.url, key).get('/v1/me'), { status: 200, body: { id: user.id } })
  await poll(async () => (await list(user.client)).find((one) => one.id === id)?.lastUsedAt, {
    waitingFor: 'its use to be recorded',
  })
})

t.test('what is no key', async (t) => {
  const { body } = await make(user.client, { name: 'Almost', scopes: ['images:read'] })
  for (const token of [body.key.slice(0, -1), `${body.key}A`, `ttk_${'A'.repeat(43)}`, 'ttk_', body.hint]) {
    t.match(await createClient(gateway.url, token).get('/v1/me'), {
      status: 401,
      body: { code: 'TT_UNAUTHORIZED' },
    })
  }
  const asCookie = await createClient(gateway.url).get('/v1/me', {
    headers: { cookie: `tintype_access=${body.key}` },
  })
  t.equal(asCookie.status, 401, 'nor is one in a cookie')
})

t.test('a key opens the routes of its scopes and no others', async (t) => {
  const owner = await createUser(admin, { tier: 'Enterprise' })
  const nobody = uuidv7()
  const asks: [
    scope: Scope,
    ask: (client: Client) => Promise<{ status: number; body: unknown }>,
    open: number,
  ][] = [
    ['images:read', (client) => client.get('/v1/me'), 200],
    ['images:read', (client) => client.get('/v1/images'), 200],
    ['images:read', (client) => client.get(`/v1/images/${nobody}/original`), 404],
    ['images:write', (client) => client.delete(`/v1/images/${nobody}`), 404],
    ['images:write', (client) => client.post('/v1/images', {}), 415],
    ['admin', (client) => client.get('/v1/admin/tiers'), 200],
  ]
  for (const held of SCOPES) {
    const client = await program(held === 'admin' ? admin : owner.client, held)
    for (const [scope, ask, open] of asks) {
      const answer = await ask(client)
      if (scope === held) t.equal(answer.status, open, `${held} opens ${ask}`)
      else {
        t.match(
          answer,
          { status: 403, body: { code: 'TT_SCOPE_MISSING', details: { scope } } },
          `${held} does not open ${ask}`,
        )
      }
    }
  }
  const several = await program(owner.client, 'images:read', 'images:write')
  t.equal((await several.get('/v1/me')).status, 200)
  t.equal((await several.delete(`/v1/images/${nobody}`)).status, 404)
})

t.test('what is for people alone, no key does', async (t) => {
  const client = await program(admin, ...SCOPES)
  const asks = [
    client.get('/v1/api-keys'),
    client.post('/v1/api-keys', { name: 'x', scopes: ['admin'] }),
    client.delete(`/v1/api-keys/${uuidv7()}`),
    client.get('/v1/auth/sessions'),
    client.delete(`/v1/auth/sessions/${uuidv7()}`),
    client.post('/v1/auth/change-password', { oldPassword: 'x', newPassword: 'y' }),
    client.post('/v1/auth/logout'),
    client.post('/v1/auth/logout-all'),
  ]
  for (const answer of await Promise.all(asks)) {
    t.match(answer, { status: 403, body: { code: 'TT_SESSION_NEEDED' } })
  }
})

t.test('the scope admin needs the role, when the key is made and whenever it is used', async (t) => {
  t.match(await make(user.client, { name: 'Root', scopes: ['images:read', 'admin'] }), {
    status: 403,
    body: { code: 'TT_SCOPE_NOT_ALLOWED', details: { field: 'scopes' } },
  })
  const second = await createUser(admin, { tier: 'Basic', role: 'auditor' })
  const client = await program(second.client, 'admin')
  t.equal((await client.get('/v1/admin/tiers')).status, 200)
  t.match(await client.post('/v1/admin/tiers', { name: 'Mine' }), {
    status: 403,
    body: { code: 'TT_FORBIDDEN' },
  })
  await admin.patch(`/v1/admin/users/${second.id}`, { role: 'user' })
  t.match(await client.get('/v1/admin/tiers'), { status: 403, body: { code: 'TT_FORBIDDEN' } })
})

t.test('no key makes itself a session of an administrator', async (t) => {
  const client = await program(admin, 'admin')
  const password = 'a password for tests'
  const newUser = (fields: object) =>
    client.post<{ id: string }>('/v1/admin/users', { username: `u-${uuidv7()}`, password, ...fields })
  const change = (id: string, fields: object) => client.patch(`/v1/admin/users/${id}`, fields)
  const plain = await newUser({ role: 'user', tier: 'Basic' })
  t.equal(plain.status, 201)
  const { id } = plain.body
  const other = await createUser(admin, { tier: 'Basic', role: 'admin' })

  for (const [field, ask] of [
    ['role', newUser({ role: 'admin' })],
    ['role', newUser({ role: 'auditor' })],
    ['role', change(id, { role: 'admin' })],
    ['role', change(id, { role: 'auditor', tier: 'Premium' })],
    ['role', change(other.id, { role: 'user' })],
    ['role', change(other.id, { role: 'admin' })],
    ['password', client.post(`/v1/admin/users/${id}/password`, { password: 'another one for tests' })],
    ['password', client.post(`/v1/admin/users/${other.id}/password`, { password: 'another one for tests' })],
  ] as const) {
    t.match(await ask, { status: 403, body: { code: 'TT_SESSION_NEEDED', details: { field } } }, field)
  }
  t.match((await admin.get(`/v1/admin/users/${id}`)).body, { role: 'user', tier: { name: 'Basic' } })
  t.match((await admin.get(`/v1/admin/users/${other.id}`)).body, { role: 'admin' })

  t.match(await change(id, { tier: 'Premium', role: 'user', email: null }), {
    status: 200,
    body: { tier: { name: 'Premium' } },
  })
  t.match(await change(other.id, { disabled: true }), { status: 200, body: { disabled: true } })
  t.equal((await change(uuidv7(), { role: 'user' })).status, 404)
})

t.test('a key ends', async (t) => {
  const owner = await createUser(admin, { tier: 'Basic' })
  const made = await make(owner.client, { name: 'Short', scopes: ['images:read'], expiresIn: 3600 })
  const client = createClient(gateway.url, made.body.key)
  t.equal((await client.get('/v1/me')).status, 200)
  await gateway.database.db.execute(`UPDATE api_keys SET expires_at = now() WHERE id = '${made.body.id}'`)
  t.equal((await client.get('/v1/me')).status, 401, 'when it expires')

  const deleted = await make(owner.client, { name: 'Deleted', scopes: ['images:read'] })
  t.equal((await user.client.delete(`/v1/api-keys/${deleted.body.id}`)).status, 404, 'not by another person')
  t.equal((await createClient(gateway.url, deleted.body.key).get('/v1/me')).status, 200)
  t.equal((await owner.client.delete(`/v1/api-keys/${deleted.body.id}`)).status, 204)
  t.equal((await owner.client.delete(`/v1/api-keys/${deleted.body.id}`)).status, 404)
  t.equal((await owner.client.delete('/v1/api-keys/abc')).status, 404)
  t.equal((await createClient(gateway.url, deleted.body.key).get('/v1/me')).status, 401, 'when it is deleted')

  const last = await program(owner.client, 'images:read')
  t.equal((await owner.client.post('/v1/auth/logout-all')).status, 204)
  t.equal((await last.get('/v1/me')).status, 200, 'not with its user’s sessions')
  await admin.patch(`/v1/admin/users/${owner.id}`, { disabled: true })
  t.equal((await last.get('/v1/me')).status, 401, 'when its user is disabled')
})

t.test('keys that are refused', async (t) => {
  const owner = await createUser(admin, { tier: 'Basic' })
  t.equal((await make(owner.client, { name: 'Taken', scopes: ['images:read'] })).status, 201)
  const BAD: [body: object, status: number, code: string, field: string][] = [
    [{ name: 'TAKEN', scopes: ['images:read'] }, 409, 'TT_KEY_NAME_TAKEN', 'name'],
    [{ name: ' ', scopes: ['images:read'] }, 400, 'TT_VALIDATION', 'name'],
    [{ name: 'a\u0000b', scopes: ['images:read'] }, 400, 'TT_VALIDATION', 'name'],
    [{ name: 'x'.repeat(65), scopes: ['images:read'] }, 400, 'TT_VALIDATION', 'name'],
    [{ name: 'x', scopes: [] }, 400, 'TT_VALIDATION', 'scopes'],
    [{ name: 'x', scopes: ['all'] }, 400, 'TT_VALIDATION', 'scopes.0'],
    [{ name: 'x', scopes: ['images:read', 'images:read'] }, 400, 'TT_VALIDATION', 'scopes'],
    [{ name: 'x', scopes: ['images:read'], expiresIn: 0 }, 400, 'TT_VALIDATION', 'expiresIn'],
    [{ name: 'x', scopes: ['images:read'], expiresIn: 1e12 }, 400, 'TT_VALIDATION', 'expiresIn'],
    [{ name: 'x', scopes: ['images:read'], expiresAt: 'soon' }, 400, 'TT_VALIDATION', 'expiresAt'],
    ...[
      '2020-01-01T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2026-12-31T23:59:60Z',
      '9999-12-31T23:59:59-12:00',
    ].map((expiresAt): [object, number, string, string] => [
      { name: 'x', scopes: ['images:read'], expiresAt },
      400,
      'TT_BAD_EXPIRY',
      'expiresAt',
    ]),
    [
      { name: 'x', scopes: ['images:read'], expiresIn: 60, expiresAt: '2999-01-01T00:00:00Z' },
      400,
      'TT_BAD_EXPIRY',
      'expiresAt',
    ],
  ]
  for (const [body, status, code, field] of BAD) {
    const answer = await make(owner.client, body)
    t.match({ status: answer.status, code: answer.body.code }, { status, code }, JSON.stringify(body))
    t.match([answer.body.details].flat(), [{ field }], JSON.stringify(body))
  }
  t.match(
    await make(owner.client, { name: 'x', scopes: ['images:read'], expiresAt: '2999-01-01T01:00:00+01:00' }),
    {
      status: 201,
      body: { expiresAt: '2999-01-01T00:00:00.000Z' },
    },
  )
  const more = await Promise.all(
    Array.from({ length: 50 }, (_, i) => make(owner.client, { name: `key ${i}`, scopes: ['images:read'] })),
  )
  t.equal(more.filter(({ status }) => status === 201).length, 48)
  t.match(
    more.find(({ status }) => status !== 201),
    { status: 409, body: { code: 'TT_TOO_MANY_KEYS' } },
  )
})

t.test('conduct', (t) => checkConduct(t, gateway))
