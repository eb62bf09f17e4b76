import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { uuidv7 } from '@tintype/domain'
import { createClient, createUser, type ProblemBody, signIn } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'

interface Tokens {
  accessToken: string
  refreshToken: string
  expiresIn: number
  user: { username: string; tier: { name: string } }
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const anybody = createClient(gateway.url)

const login = (username: string, password: string) =>
  anybody.post<Tokens>('/v1/auth/login', { username, password })
const refresh = (refreshToken: string) => anybody.post<Tokens>('/v1/auth/refresh', { refreshToken })
const me = (accessToken: string) => createClient(gateway.url, accessToken).get<ProblemBody>('/v1/me')

async function newSession(): Promise<Tokens> {
  const { username, password } = await createUser(admin, { tier: 'Basic' })
  return (await login(username, password)).body
}

/** Lets time pass for PostgreSQL, whose clock is the one that counts. */
async function age(sessionId: string, by: string): Promise<void> {
  await gateway.database.db.execute(`
    UPDATE sessions SET expires_at = expires_at - interval '${by}',
      rotations = ARRAY(SELECT at - interval '${by}' FROM unnest(rotations) WITH ORDINALITY AS one (at, n) ORDER BY n)
    WHERE id = '${sessionId}'`)
}

const sessionOf = (tokens: Tokens) => tokens.refreshToken.split('.')[0] ?? ''

t.test('a login', async (t) => {
  const { username, password } = await createUser(admin, { tier: 'Premium', username: 'Ann.Other' })
  const answer = await login(username.toUpperCase(), password)
  t.equal(answer.status, 200, 'in any case')
  t.match(answer.body, { expiresIn: 900, user: { username: 'Ann.Other', tier: { name: 'Premium' } } })
  t.match(await me(answer.body.accessToken), { status: 200, body: { username: 'Ann.Other', role: 'user' } })
  t.notMatch(JSON.stringify(answer.body.user), /password|hash/i)
  const reqId = answer.headers.get('x-request-id')
  const line = await gateway.service.logged((one) => one.msg === 'signed in' && one.reqId === reqId)
  t.match(line, { user: 'Ann.Other', address: '127.0.0.1' })
})

t.test('whatever is wrong with a login, the answer is one', async (t) => {
  const known = await createUser(admin, { tier: 'Basic' })
  const disabled = await createUser(admin, { tier: 'Basic' })
  await admin.patch(`/v1/admin/users/${disabled.id}`, { disabled: true })
  const answers = await Promise.all([
    login(known.username, 'not their password'),
    login('nobody', 'not their password'),
    login(disabled.username, disabled.password),
    login(disabled.username, 'not their password'),
    login(known.username, known.password.slice(0, -1)),
    login(known.username, `${known.password} `),
    login("' OR 1=1 --", 'x'),
    login('%', known.password),
  ])
  for (const { status, body } of answers) {
    t.equal(status, 401)
    t.strictSame(body, {
      statusCode: 401,
      code: 'TT_WRONG_CREDENTIALS',
      error: 'Unauthorized',
      message: 'The user name or the password is wrong.',
    })
  }
})

t.test('a login that is none', async (t) => {
  const BAD: [body: unknown, field: string][] = [
    [{ username: 'x' }, 'password'],
    [{ password: 'x' }, 'username'],
    [{ username: '', password: 'x' }, 'username'],
    [{ username: 'x'.repeat(65), password: 'x' }, 'username'],
    [{ username: 'x', password: 'x'.repeat(129) }, 'password'],
    [{ username: 'x', password: 'x', admin: true }, 'admin'],
    [{ username: 'a\u0000b', password: 'x' }, 'username'],
    [{ username: ['x', 'y'], password: 'x' }, 'username'],
    [{ username: { x: 1 }, password: 'x' }, 'username'],
  ]
  for (const [body, field] of BAD) {
    const answer = await anybody.post<ProblemBody>('/v1/auth/login', body)
    t.equal(answer.status, 400, JSON.stringify(body).slice(0, 60))
    t.equal(answer.body.code, 'TT_VALIDATION')
    t.match(answer.body.details, [{ field }])
    t.ok(answer.body.message.startsWith(`${field}:`), answer.body.message)
  }
  const raw = (body: string, contentType = 'application/json') =>
    anybody.request<ProblemBody>('POST', '/v1/auth/login', { body, headers: { 'content-type': contentType } })
  t.match(await raw('{"username": '), { status: 400, body: { code: 'TT_BAD_REQUEST' } })
  t.match(await raw('null'), { status: 400, body: { code: 'TT_VALIDATION' } })
  t.match(await raw('{"__proto__": {"x": 1}}'), { status: 400 })
  t.match(await raw('username=x&password=y', 'application/x-www-form-urlencoded'), {
    status: 415,
    body: { code: 'TT_UNSUPPORTED_MEDIA_TYPE' },
  })
  t.match(await raw(`{"username": "${'x'.repeat(70_000)}"}`), {
    status: 413,
    body: { code: 'TT_BODY_TOO_LARGE' },
  })
})

t.test('a refresh token is exchanged for new tokens', async (t) => {
  const first = await newSession()
  const second = await refresh(first.refreshToken)
  t.equal(second.status, 200)
  t.not(second.body.refreshToken, first.refreshToken)
  t.equal((await me(second.body.accessToken)).status, 200)
  t.equal((await me(first.accessToken)).status, 200, 'the access token before goes on')
  t.equal((await refresh(second.body.refreshToken)).status, 200)
})

t.test('two refreshes at once get the same successor', async (t) => {
  const first = await newSession()
  const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first.refreshToken)))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(new Set(answers.map(({ body }) => body.refreshToken)).size, 1)
  t.equal(
    (await refresh(first.refreshToken)).body.refreshToken,
    answers[0]?.body.refreshToken,
    'so does a late one',
  )
  t.equal((await refresh(answers[0]?.body.refreshToken ?? '')).status, 200)
})

t.test('an old refresh token that comes back late ends the session', async (t) => {
  const first = await newSession()
  const second = (await refresh(first.refreshToken)).body
  await age(sessionOf(first), '31 seconds')
  const reused = await refresh(first.refreshToken)
  t.match(reused, { status: 401, body: { code: 'TT_SESSION_ENDED' } })
  t.equal((await refresh(second.refreshToken)).status, 401, 'for whoever holds the successor too')
  t.equal((await me(second.accessToken)).status, 401, 'at once')
})

t.test('the one before the last gets the newest, until its own time is over', async (t) => {
  const first = await newSession()
  const second = (await refresh(first.refreshToken)).body
  await age(sessionOf(first), '20 seconds')
  const third = (await refresh(second.refreshToken)).body
  t.match(await refresh(first.refreshToken), { status: 200, body: { refreshToken: third.refreshToken } })
  await age(sessionOf(first), '11 seconds')
  t.equal((await refresh(first.refreshToken)).status, 401)
  t.equal((await refresh(third.refreshToken)).status, 401)
})

t.test('a session that nobody refreshed is over', async (t) => {
  const tokens = await newSession()
  await age(sessionOf(tokens), '30 days')
  t.equal((await refresh(tokens.refreshToken)).status, 401)
  t.equal((await me(tokens.accessToken)).status, 401)
})

t.test('a refresh token that is none', async (t) => {
  const { accessToken, refreshToken } = await newSession()
  for (const token of [accessToken.slice(0, 256), `${refreshToken}x`, 'x', `${uuidv7()}.0.AAAA`]) {
    t.match(await refresh(token), { status: 401, body: { code: 'TT_SESSION_ENDED' } })
  }
  t.equal((await me(refreshToken)).status, 401, 'nor is it an access token')
})

t.test('a logout ends one session, at once', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const here = (await login(user.username, user.password)).body
  const there = (await login(user.username, user.password)).body
  const client = createClient(gateway.url, here.accessToken)
  t.equal((await client.post('/v1/auth/logout')).status, 204)
  t.equal((await me(here.accessToken)).status, 401)
  t.equal((await refresh(here.refreshToken)).status, 401)
  t.equal((await client.post('/v1/auth/logout')).status, 401)
  t.equal((await me(there.accessToken)).status, 200, 'the other goes on')
})

t.test('logout-all ends every session of the user, and nobody else’s', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const sessions = await Promise.all([1, 2, 3].map(() => login(user.username, user.password)))
  const other = await newSession()
  t.equal((await user.client.post('/v1/auth/logout-all')).status, 204)
  for (const { body } of sessions) {
    t.equal((await me(body.accessToken)).status, 401)
    t.equal((await refresh(body.refreshToken)).status, 401)
  }
  t.equal((await me(other.accessToken)).status, 200)
  t.equal((await login(user.username, user.password)).status, 200, 'they can sign in again')
})

t.test('access tokens that are none', async (t) => {
  const { accessToken } = await newSession()
  const [head = '', body = '', signature = ''] = accessToken.split('.')
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
  t.equal(alg, 'EdDSA')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const ours = createPrivateKey(gateway.keys.jwtPrivateKey)
  const other = generateKeyPairSync('ed25519').privateKey
  const publicPem = createPublicKey(ours).export({ type: 'spki', format: 'pem' })
  const hs256 = (text: string) => createHmac('sha256', publicPem).update(text).digest('base64url')
  const none = encode({ alg: 'none', typ: 'JWT', kid })
  const hmac = encode({ alg: 'HS256', typ: 'JWT', kid })
  const now = claims.iat as number

  t.equal((await me(token(ours, { kid }, claims))).status, 200, 'the test signs as the gateway does')
  const BAD: Record<string, string> = {
    'no token': '',
    'no JWT': 'x.y.z',
    cut: accessToken.slice(0, -1),
    'another key': token(other, { kid }, claims),
    'another key under an id of its own': token(other, { kid: 'mine' }, claims),
    'no key id': token(ours, {}, claims),
    'alg none': `${none}.${body}.`,
    'alg none with a signature': `${none}.${body}.${signature}`,
    'HMAC with the public key': `${hmac}.${body}.${hs256(`${hmac}.${body}`)}`,
    'other claims': `${head}.${encode({ ...claims, sub: uuidv7() })}.${signature}`,
    'another user of the same session': token(ours, { kid }, { ...claims, sub: uuidv7() }),
    'no such session': token(ours, { kid }, { ...claims, sid: uuidv7() }),
    'no user': token(ours, { kid }, { iat: now }),
    'ids that are none': token(ours, { kid }, { ...claims, sub: "' OR 1=1", sid: 1 }),
    'too old': token(ours, { kid }, { ...claims, iat: now - 901 }),
    'too old, though it says otherwise': token(ours, { kid }, { ...claims, iat: now - 901, exp: now + 9000 }),
    'without its age': token(ours, { kid }, { sub: claims.sub, sid: claims.sid }),
    'an age that is none': token(ours, { kid }, { ...claims, iat: 'now' }),
  }
  for (const [name, bad] of Object.entries(BAD)) {
    const answer = await me(bad)
    t.match(answer, { status: 401, body: { code: 'TT_UNAUTHORIZED' } }, name)
    t.equal(answer.headers.get('www-authenticate'), 'Bearer', name)
  }
  t.equal((await me(token(ours, { kid }, { ...claims, iat: now - 800 }))).status, 200, 'not yet too old')
  for (const authorization of [accessToken, `Basic ${accessToken}`, 'Bearer', `Bearer  ${accessToken} x`]) {
    t.equal((await anybody.get('/v1/me', { headers: { authorization } })).status, 401)
  }
  t.equal((await anybody.get(`/v1/me?access_token=${accessToken}`)).status, 401, 'never in an address')
})

t.test('a tier, a role and a ban act at the next request', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const read = () => user.client.get<{ tier: { name: string }; role: string }>('/v1/me')
  await admin.patch(`/v1/admin/users/${user.id}`, { tier: 'Enterprise', role: 'auditor' })
  t.match((await read()).body, { tier: { name: 'Enterprise' }, role: 'auditor' })
  await admin.patch(`/v1/admin/users/${user.id}`, { disabled: true })
  t.equal((await read()).status, 401)
  await admin.patch(`/v1/admin/users/${user.id}`, { disabled: false })
  t.equal((await read()).status, 401, 'what was ended stays ended')
  t.equal((await (await signIn(gateway.url, user)).get('/v1/me')).status, 200)
})

t.test('conduct', (t) => checkConduct(t, gateway))

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function token(key: KeyObject, header: object, claims: object): string {
  const text = `${encode({ alg: 'EdDSA', typ: 'JWT', ...header })}.${encode(claims)}`
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}
