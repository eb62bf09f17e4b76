import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { createTestKeys } from '../src/keys.ts'
import { leaksIn, notePasswords, secretsOf } from '../src/log-secrets.ts'
import { startService } from '../src/service.ts'

const random = (bytes: number) => randomBytes(bytes).toString('base64url')

t.test('what opens a door is found in a line, whoever made it', async (t) => {
  const secrets = {
    'an access token': `eyJ${random(20)}.${random(40)}.${random(64)}`,
    'a refresh token': `${randomUUID()}.12.${random(32)}`,
    'an API key': `ttk_${random(32)}`,
    "a link's path": `GET /l/${random(27)}.${random(32)}`,
    "a link's token": `${random(27)}.${random(32)}`,
    'a signed address': `/v1/archives/${randomUUID()}?signature=${random(32)}`,
    "a webhook's secret": `whsec_${randomBytes(24).toString('base64')}`,
    'a session cookie': `tintype_refresh=${random(8)}`,
    'an Authorization header': `Basic ${random(20)}`,
    "a password's hash": '$argon2id$v=19$m=19456',
    'a private key': ['-----BEGIN', 'PRIVATE KEY-----'].join(' '),
    'an address with a password': 'postgres://tintype:pa55@127.0.0.1:5432/tintype',
  }
  for (const [kind, secret] of Object.entries(secrets)) {
    const line = JSON.stringify({ msg: `failed: ${secret}` })
    t.strictSame(leaksIn(['{}', line], []), [`${kind}: ${line}`])
  }
})

t.test('so is each secret of a service, and every password that was sent', async (t) => {
  const keys = createTestKeys()
  const env = {
    ADMIN_PASSWORD: 'a "quoted" password',
    DEMO_ACCOUNT: 'demo:the password of the demo',
    DATABASE_URL: 'postgres://u:of%20the%20database@localhost/d',
    STORE_URL: 's3://key:secret-of-the-store@localhost/bucket',
    JWT_PRIVATE_KEY: keys.jwtPrivateKey,
    LINK_SIGNING_KEYS: `${keys.linkSigningKeys},old:${random(32)}`,
    WEBHOOK_ENCRYPTION_KEYS: keys.webhookEncryptionKeys,
  }
  const secrets = [...new Set(secretsOf(env))].filter((secret) => secret !== '')
  t.equal(secrets.length, 9)
  for (const secret of secrets) t.equal(leaksIn([JSON.stringify({ secret })], secrets).length, 1, secret)

  const password = random(16)
  const line = JSON.stringify({ headers: { odd: password } })
  t.strictSame(leaksIn([line], []), [])
  notePasswords({ username: 'somebody', password })
  t.equal(leaksIn([line], []).length, 1)
})

t.test('what tells nothing is let be', async (t) => {
  const lines = [
    { path: '/l/[token]', status: 200, reqId: randomUUID(), address: '127.0.0.1' },
    { path: '/v1/images/:id/links', user: 'user-of-the-basic-tier', tier: 'Basic (the default)' },
    { text: 'STORE_URL is not set: s3://KEY:SECRET@host:port/bucket or file:///path' },
    { url: 'http://127.0.0.1:8080', file: 'h200.01a2b3c4-0000-7000-8000-000000000000.jpg' },
    { msg: 'the password is wrong', code: 'TT_WRONG_CREDENTIALS' },
  ]
  t.strictSame(
    leaksIn(
      lines.map((line) => JSON.stringify(line)),
      ['short'],
    ),
    [],
  )
})

t.test('a service that says a secret fails its process', async (t) => {
  const ends: (() => unknown)[] = []
  const scope = { teardown: (end: () => unknown) => void ends.push(end) }
  // Without its configuration it says so, in these words.
  const env = { ADMIN_PASSWORD: 'links cannot start' }
  const service = await startService(scope, 'links', { env, until: 'started' })
  await service.exited
  const said = t.capture(process.stderr, 'write')
  for (const end of ends.reverse()) await end()
  const { exitCode } = process
  process.exitCode = undefined
  t.equal(exitCode, 1)
  t.match(said(), [
    { args: [/^The log of links holds secrets:\na secret it was given: .*links cannot start/] },
  ])
})
