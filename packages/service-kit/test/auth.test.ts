import { createHmac, createPrivateKey, sign } from 'node:crypto'
import {
  createSession,
  createUser,
  type Database,
  endSession,
  findDefaultTier,
  migrate,
  openDatabase,
  type User,
  updateUser,
} from '@tintype/database'
import { type Role, uuidv7 } from '@tintype/domain'
import { createTestDatabase, createTestKeys, startTcpProxy, startTestRedis } from '@tintype/testkit'
import t, { type Test } from 'tap'
import {
  ACCESS_TOKEN_SECONDS,
  actorOf,
  connectRedis,
  createLogger,
  disconnectRedis,
  jwtPrivateKey,
  jwtPublicKeys,
  registerAuth,
  type SigningKey,
  sessionActorOf,
  type VerificationKey,
} from '../src/index.ts'
import { createTestServer } from './fixtures.ts'

const redis = connectRedis((await startTestRedis(t)).url, {}, createLogger('test', 'silent'))
t.teardown(() => disconnectRedis(redis))

function newKey(): SigningKey {
  return jwtPrivateKey.parse(createTestKeys().jwtPrivateKey)
}

async function openMigrated(t: Test): Promise<Database & { url: string }> {
  const { url } = await createTestDatabase(t)
  await migrate(url)
  const database = openDatabase(url)
  t.teardown(() => database.close())
  return { ...database, url }
}

async function makeUser(database: Database, role: Role = 'user'): Promise<User> {
  const { id: tierId } = await findDefaultTier(database)
  const made = await createUser(database, { username: uuidv7(), passwordHash: '', role, tierId })
  if (made.outcome !== 'saved') throw new Error(made.outcome)
  return made.user
}

async function signedIn(database: Database, user: User) {
  const session = { userId: user.id, lifeSeconds: 3600, userAgent: '', address: '' }
  const ticket = await createSession(database, session)
  if (ticket === undefined) throw new Error('no session')
  return ticket
}

/** A service with one route for anybody signed in, and one for administrators and auditors. */
async function serve(
  t: Test,
  database: Database,
  keys: { signingKey?: SigningKey; verificationKeys?: VerificationKey[] },
) {
  const app = createTestServer()
  t.teardown(() => app.close())
  const auth = await registerAuth(app, {
    database,
    verificationKeys: [],
    redis,
    anonymousPerMinute: 1_000_000,
    publicUrl: () => 'https://tintype.example',
    corsOrigins: [],
    ...keys,
  })
  app.get('/me', { onRequest: auth.session }, async (request) => {
    const { user, sessionId } = sessionActorOf(request)
    return { userId: user.id, sessionId }
  })
  app.get('/admin', { onRequest: auth.withRole('admin', 'auditor') }, async () => 'ok')
  app.get('/open', async (request) => actorOf(request))
  const get = async (token: string | undefined, path = '/me') => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await app.inject({ url: path, headers })
    return { status: answer.statusCode, headers: answer.headers, text: answer.body }
  }
  return { app, auth, get }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function forge(header: object, payload: object, seal: (text: string) => Buffer): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${seal(text).toString('base64url')}`
}

const sealWith = (key: SigningKey) => (text: string) =>
  sign(null, Buffer.from(text), createPrivateKey(key.privatePem))

t.test('tokens', async (t) => {
  const database = await openMigrated(t)
  const key = newKey()
  const user = await makeUser(database)
  const { auth, get } = await serve(t, database, { signingKey: key })
  const mint = async (of = user) => auth.mint(await signedIn(database, of))

  t.test('one that was minted says who and which session', async (t) => {
    const ticket = await signedIn(database, user)
    const token = auth.mint(ticket)
    const { status, text } = await get(token)
    t.equal(status, 200)
    t.strictSame(JSON.parse(text), { userId: user.id, sessionId: ticket.sessionId })
    const [header, payload] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    t.strictSame(header, { alg: 'EdDSA', typ: 'JWT', kid: key.kid })
    t.strictSame(payload, {
      sub: user.id,
      sid: ticket.sessionId,
      iat: ticket.issuedAtSeconds,
      exp: ticket.issuedAtSeconds + ACCESS_TOKEN_SECONDS,
    })
  })

  t.test('none, or what is none, is refused', async (t) => {
    const good = await mint()
    for (const token of [
      undefined,
      '',
      'x',
      'a.b.c',
      `${good}x`,
      `x${good}`,
      good.slice(0, -1),
      good.split('.', 2).join('.'),
    ]) {
      const answer = await get(token)
      t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' } }, String(token))
      t.match(JSON.parse(answer.text), { code: 'TT_UNAUTHORIZED' })
    }
  })

  t.test('forged ones are refused', async (t) => {
    const { sessionId: sid, issuedAtSeconds: iat } = await signedIn(database, user)
    const header = { alg: 'EdDSA', typ: 'JWT', kid: key.kid }
    const payload = { sub: user.id, sid, iat, exp: iat + 900 }
    const hmacWith = (secret: string | Buffer) => (text: string) =>
      createHmac('sha256', secret).update(text).digest()
    const publicDer = Buffer.from(key.pem.split('\n').slice(1, -2).join(''), 'base64')
    t.equal(
      (await get(forge(header, payload, sealWith(key)))).status,
      200,
      'what is forged here could be good',
    )

    const forged: Record<string, string> = {
      'signed by another key under this one’s id': forge(header, payload, sealWith(newKey())),
      'of an unknown key': forge({ ...header, kid: 'unknown' }, payload, sealWith(key)),
      'without a key’s id': forge({ alg: 'EdDSA', typ: 'JWT' }, payload, sealWith(key)),
      'with an id from the prototype': forge({ ...header, kid: 'constructor' }, payload, sealWith(key)),
      unsigned: forge({ ...header, alg: 'none' }, payload, () => Buffer.alloc(0)),
      'unsigned in another spelling': forge({ ...header, alg: 'None' }, payload, () => Buffer.alloc(0)),
      'signed with the public key as a secret': forge(
        { ...header, alg: 'HS256' },
        payload,
        hmacWith(key.pem),
      ),
      'signed with its bytes as a secret': forge({ ...header, alg: 'HS256' }, payload, hmacWith(publicDer)),
      'signed well and called otherwise': forge({ ...header, alg: 'HS256' }, payload, sealWith(key)),
      'with a signature of nothing': forge(header, payload, () => Buffer.alloc(64)),
      'with a signature of other words': forge(header, payload, () => sealWith(key)('other')),
    }
    for (const [what, token] of Object.entries(forged)) t.equal((await get(token)).status, 401, what)
  })

  t.test('well signed ones that make no sense are refused', async (t) => {
    const { sessionId: sid, issuedAtSeconds: iat } = await signedIn(database, user)
    const header = { alg: 'EdDSA', typ: 'JWT', kid: key.kid }
    const payloads = [
      {},
      { sid, iat },
      { sub: user.id, iat },
      { sub: user.id, sid },
      { sub: 'x', sid, iat },
      { sub: user.id, sid: "' OR true --", iat },
      { sub: user.id, sid, iat: 'now' },
      { sub: user.id, sid, iat: 1e300 },
      { sub: user.id, sid, iat: null },
    ]
    for (const payload of payloads) {
      t.equal((await get(forge(header, payload, sealWith(key)))).status, 401, JSON.stringify(payload))
    }
  })

  t.test('one ages by PostgreSQL’s clock, whatever its own expiry says', async (t) => {
    const ticket = await signedIn(database, user)
    const old = auth.mint({ ...ticket, issuedAtSeconds: ticket.issuedAtSeconds - ACCESS_TOKEN_SECONDS - 1 })
    t.equal((await get(old)).status, 401)
    const older = auth.mint({
      ...ticket,
      issuedAtSeconds: ticket.issuedAtSeconds - ACCESS_TOKEN_SECONDS + 60,
    })
    t.equal((await get(older)).status, 200)
    const header = { alg: 'EdDSA', typ: 'JWT', kid: key.kid }
    const claims = { sub: user.id, sid: ticket.sessionId }
    const immortal = { ...claims, iat: ticket.issuedAtSeconds - 5000, exp: ticket.issuedAtSeconds + 5000 }
    t.equal((await get(forge(header, immortal, sealWith(key)))).status, 401)
  })

  t.test('one dies with its session, its user’s rights, or its user, at once', async (t) => {
    const ticket = await signedIn(database, user)
    const token = auth.mint(ticket)
    t.equal((await get(token)).status, 200)
    await endSession(database, ticket)
    t.equal((await get(token)).status, 401)

    const other = await makeUser(database)
    const others = await mint(other)
    t.equal((await get(others)).status, 200)
    await updateUser(database, other.id, { disabled: true })
    t.equal((await get(others)).status, 401)
  })

  t.test('roles are asked for', async (t) => {
    const [admin, auditor] = [await makeUser(database, 'admin'), await makeUser(database, 'auditor')]
    await makeUser(database, 'admin') // so that the first may lose the role
    const token = await mint(admin)
    t.equal((await get(token, '/admin')).status, 200)
    t.equal((await get(await mint(auditor), '/admin')).status, 200)
    const refused = await get(await mint(), '/admin')
    t.equal(refused.status, 403)
    t.match(JSON.parse(refused.text), { code: 'TT_FORBIDDEN' })
    t.equal((await get(undefined, '/admin')).status, 401)
    await updateUser(database, admin.id, { role: 'user' })
    t.equal((await get(token, '/admin')).status, 403, 'with the same token')
  })

  t.test('a route that forgot to ask has no actor', async (t) => {
    t.equal((await get(await mint(), '/open')).status, 500)
  })
})

t.test('a service that only verifies', async (t) => {
  const database = await openMigrated(t)
  const user = await makeUser(database)
  const [present, former, foreign] = [newKey(), newKey(), newKey()]
  const [one, two, three] = await Promise.all(
    [present, former, foreign].map((signingKey) => serve(t, database, { signingKey })),
  )
  const verifier = await serve(t, database, {
    verificationKeys: jwtPublicKeys.parse(present.pem + former.pem),
  })
  const ticket = await signedIn(database, user)
  t.equal((await verifier.get(one?.auth.mint(ticket))).status, 200, 'knows the present key')
  t.equal((await verifier.get(two?.auth.mint(ticket))).status, 200, 'and the one before')
  t.equal((await verifier.get(three?.auth.mint(ticket))).status, 401, 'and no other')
  t.throws(() => verifier.auth.mint(ticket), 'and cannot mint')
})

t.test('with the database away it is a 503, not a 401', async (t) => {
  const migrated = await openMigrated(t)
  const proxy = await startTcpProxy(t, migrated.url)
  const database = openDatabase(proxy.url)
  t.teardown(() => database.close())
  const { auth, get } = await serve(t, database, { signingKey: newKey() })
  const token = auth.mint(await signedIn(database, await makeUser(database)))
  t.equal((await get(token)).status, 200)
  await proxy.cut()
  t.match(await get(token), { status: 503, headers: { 'retry-after': '5' } })
  t.equal((await get('forged')).status, 401, 'a forged one is refused without it')
})
