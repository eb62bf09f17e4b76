// In a process of its own: it starts many gateways.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createTestDatabase,
  createTestFileStore,
  createTestFolder,
  createTestKeys,
  createUser,
  photo,
  poll,
  type Scope,
  type Service,
  signIn,
  startService,
  startTcpProxy,
  startTestRedis,
  type UploadBody,
} from '@tintype/testkit'
import t from 'tap'
import { heldFiles } from './conduct.ts'
import { ADMIN, startGateway } from './gateway.ts'
import { readiness } from './readiness.ts'
import { beginUpload } from './uploads/begin-upload.ts'
import { filePart, multipart } from './uploads/multipart.ts'

/** What the gateway cannot do without. */
async function environment(t: Scope): Promise<Record<string, string>> {
  const { jwtPrivateKey, webhookEncryptionKeys } = createTestKeys()
  return {
    DATABASE_URL: (await createTestDatabase(t)).url,
    REDIS_URL: 'redis://127.0.0.1:8',
    STORE_URL: (await createTestFileStore(t)).storeUrl,
    SPOOL_DIR: await createTestFolder(t),
    JWT_PRIVATE_KEY: jwtPrivateKey.replaceAll('\n', '\\n'),
    WEBHOOK_ENCRYPTION_KEYS: webhookEncryptionKeys,
    LINKS_URL: 'http://127.0.0.1:8',
    ADMIN_PASSWORD: ADMIN.password,
  }
}

const start = (t: Scope, env: Record<string, string>, until: 'started' | 'listening' = 'started') =>
  startService(t, 'gateway', { env, until })
const said = (service: Service) => service.logs.map((line) => String(line.text ?? line.msg)).join('\n')

t.test('an empty environment: everything that is missing, at once', async (t) => {
  const gateway = await start(t, {})
  t.match(await gateway.exited, { code: 78 })
  const NEEDED = 'DATABASE_URL REDIS_URL STORE_URL JWT_PRIVATE_KEY WEBHOOK_ENCRYPTION_KEYS LINKS_URL'
  for (const name of NEEDED.split(' ')) {
    t.match(said(gateway), new RegExp(`- ${name} is not set`))
  }
})

t.test('what is wrong is named, and never quoted', async (t) => {
  const gateway = await start(t, {
    DATABASE_URL: 'mysql://user:hunter2@localhost/x',
    REDIS_URL: 'localhost',
    STORE_URL: 'file:///tmp',
    JWT_PRIVATE_KEY: 'hunter2',
    LINKS_URL: 'ftp://localhost',
    PASSWORD_MIN_LENGTH: '4',
    SPOOL_MAX_MB: 'much',
    TRUST_PROXY: 'everybody',
    LOG_LEVEL: 'loud',
  })
  t.match(await gateway.exited, { code: 78 })
  const message = said(gateway)
  const WRONG =
    'DATABASE_URL REDIS_URL JWT_PRIVATE_KEY LINKS_URL PASSWORD_MIN_LENGTH SPOOL_MAX_MB TRUST_PROXY LOG_LEVEL'
  for (const name of WRONG.split(' ')) t.match(message, new RegExp(`- ${name} must be`))
  t.notMatch(message, /hunter2/)
})

t.test('a first administrator needs a password, and no weak one', async (t) => {
  const env = await environment(t)
  const { ADMIN_PASSWORD: _, ...without } = env
  const first = await start(t, without)
  t.match(await first.exited, { code: 78 })
  t.match(said(first), /ADMIN_PASSWORD is not set/)
  const weak = await start(t, { ...env, ADMIN_PASSWORD: 'admin' })
  t.match(await weak.exited, { code: 78 })
  t.match(said(weak), /ADMIN_PASSWORD must have at least 12/)

  const made = await start(t, env, 'listening')
  const client = await signIn(made.url, ADMIN)
  t.match((await client.get('/v1/me')).body, { role: 'admin', tier: { name: 'Enterprise' } })
  t.equal((await made.kill()).code, 0)
  const later = await start(t, { ...without, ADMIN_PASSWORD: 'another password' }, 'listening')
  t.equal((await (await signIn(later.url, ADMIN)).get('/v1/me')).status, 200, 'made once, never reset')
})

t.test('Redis away at the start, and there later', async (t) => {
  const redis = await startTestRedis(t)
  await redis.stop()
  const gateway = await startGateway(t, { redisUrl: redis.url })
  const admin = await gateway.signInAsAdmin()
  t.equal((await readiness(admin, 'degraded')).status, 200)
  const jpeg = await photo({ width: 64, height: 48 })
  t.equal((await admin.upload([{ filename: 'a.jpg', bytes: jpeg }])).status, 202)
  await redis.start()
  await readiness(admin, 'ready')
})

t.test('PostgreSQL away at the start: it waits', async (t) => {
  const env = await environment(t)
  const postgres = await startTcpProxy(t, env.DATABASE_URL ?? '')
  await postgres.cut()
  const gateway = await start(t, { ...env, DATABASE_URL: postgres.url })
  // A process may take long to start on a busy machine.
  await gateway.logged((line) => /cannot be reached; trying again/.test(String(line.msg)), 60_000)
  await postgres.restore()
  await poll(async () => (await fetch(`${gateway.url}/readyz`)).status === 200, { timeoutMs: 30_000 })
  t.notMatch(JSON.stringify(gateway.logs), new URL(env.DATABASE_URL ?? '').password)
})

t.test('many at once over an empty database', async (t) => {
  const env = await environment(t)
  const gateways = await Promise.all(
    Array.from({ length: 3 }, async () =>
      start(t, { ...env, SPOOL_DIR: await createTestFolder(t) }, 'listening'),
    ),
  )
  for (const gateway of gateways) {
    const client = await signIn(gateway.url, ADMIN)
    t.match((await client.get<{ items: unknown[] }>('/v1/admin/tiers')).body.items.length, 3)
    t.match((await client.get('/v1/me')).body, { username: 'admin' })
  }
})

t.test('told to end, it takes no more and finishes what it has', async (t) => {
  const gateway = await startGateway(t)
  const admin = await gateway.signInAsAdmin()
  const { client } = await createUser(admin, { tier: 'Basic' })
  const jpeg = await photo({ width: 320, height: 240 })
  const body = multipart([filePart('a.jpg', jpeg)])
  const upload = await beginUpload(t, client, `Content-Length: ${body.length}`)
  await upload.send(body.subarray(0, -1000))
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 1)
  gateway.service.signal('SIGTERM')
  await poll(
    async () =>
      fetch(`${gateway.url}/healthz`).then(
        () => false,
        () => true,
      ),
    {
      waitingFor: 'new connections to be refused',
    },
  )
  t.ok(gateway.service.running())
  await upload.send(body.subarray(-1000))
  const answer = await upload.answered<UploadBody>()
  t.equal(answer.status, 202)
  t.match(await gateway.service.exited, { code: 0 })
  const id = answer.body.items[0]?.image?.id ?? ''
  t.equal((await gateway.store.head(`originals/${id}`))?.bytes, jpeg.length)

  const again = await gateway.startAgain()
  t.equal((await client.get(`/v1/images/${id}`)).status, 200)
  again.signal('SIGINT')
  t.match(await again.exited, { code: 0 })
})

t.test('a start cleans the spool', async (t) => {
  const env = await environment(t)
  const spool = env.SPOOL_DIR ?? ''
  await writeFile(join(spool, '00000000-0000-7000-8000-000000000000.part'), 'left behind')
  const gateway = await start(t, env, 'listening')
  t.strictSame(await readdir(spool), [])
  await gateway.logged((line) => line.msg === 'cleaned the spool' && line.removed === 1)
})
