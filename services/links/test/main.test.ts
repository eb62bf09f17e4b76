import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Service, startService } from '@tintype/testkit'
import t from 'tap'
import { basic, createOwners, issue, type Owner, pathOf, startStage } from './stage.ts'

// Its stores serve; the service of this file is a process of its own.
const stage = await startStage(t)
const env = {
  DATABASE_URL: stage.databaseUrl,
  REDIS_URL: stage.redis.url,
  STORE_URL: stage.storeUrl,
  PUBLIC_URL: 'https://pictures.example/',
  JWT_PUBLIC_KEYS: stage.keys.jwtPublicKeys,
  LINK_SIGNING_KEYS: stage.keys.linkSigningKeys,
}

const ownerAt = (service: Service): Promise<Owner> =>
  createOwners(stage.database, stage.keys, service.url)('Enterprise')

t.test('nothing that opens a link is logged', async (t) => {
  const service = await startService(t, 'links', { env: { ...env, LOG_LEVEL: 'trace' } })
  const owner = await ownerAt(service)
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { password: 'open sesame' })
  t.match(link.url, /^https:\/\/pictures\.example\/l\//)
  const token = pathOf(link).slice(3)

  const visit = (path: string) => send(service, path, basic('open sesame'))
  t.match(await visit(`/l/${token}`), /^HTTP\/1.1 200 /)
  t.match(await visit(`/l/${token}?download=${token}`), /^HTTP\/1.1 200 /)
  t.match(await visit(`/l/${token}#x`), /^HTTP\/1.1 200 /)
  t.match(await visit(`/%6C/${token}`), /^HTTP\/1.1 200 /)
  t.match(await visit(`${service.url}/l/${token}`), /^HTTP\/1.1 200 /)
  for (const path of [
    `/l/${token}x`,
    `/l/${token}/x`,
    `/l/${token}%zz`,
    `/l/${token}${'x'.repeat(2000)}`,
    `//l/${token}`,
  ]) {
    t.match(await visit(path), /^HTTP\/1.1 404 /, path.slice(0, 10))
  }
  t.match(await send(service, `/l/${token}`, basic('open barley')), /^HTTP\/1.1 401 /)
  t.match(await send(service, `/l/${token}`, {}, 'POST'), /^HTTP\/1.1 404 /)
  t.equal((await owner.client.get(`/v1/images/${picture.id}/links`)).status, 200)
  // A statement that fails: the driver's own message quotes what was to be written.
  await stage.sql`ALTER TABLE links ADD CONSTRAINT refused CHECK (filename <> 'refused.png')`
  const fields = { target: 'original', password: 'open sesame', filename: 'refused.png' }
  const failed = await owner.client.post(`/v1/images/${picture.id}/links`, fields)
  await stage.sql`ALTER TABLE links DROP CONSTRAINT refused`
  t.equal(failed.status, 500)
  await stage.redis.stop()
  t.match(await visit(`/l/${token}`), /^HTTP\/1.1 503 /)
  await stage.redis.start()

  await service.kill()
  const log = service.logs.map((line) => JSON.stringify(line)).join('\n')
  t.match(log, '/l/[token]', 'visits are logged')
  t.match(log, 'refused', 'and what fails')
  const payload = token.split('.')[0] ?? ''
  const secrets = { token, payload, signature: token.slice(-43), password: 'sesame', guess: 'barley' }
  for (const [what, secret] of Object.entries(secrets)) t.notOk(log.includes(secret), `no ${what}`)
  t.notMatch(log, '$argon2id', 'no hash')
  const [key] = stage.keys.linkSigningKeys.split(':').slice(1)
  t.notOk(log.includes(key ?? ''), 'no key')
})

t.test('a start without what it needs', async (t) => {
  const { exitCode, stderr } = await run({})
  t.equal(exitCode, 78)
  const required = [
    'DATABASE_URL',
    'REDIS_URL',
    'STORE_URL',
    'PUBLIC_URL',
    'JWT_PUBLIC_KEYS',
    'LINK_SIGNING_KEYS',
  ]
  for (const name of required) t.match(stderr, name)

  const weak = await run({ ...env, LINK_SIGNING_KEYS: 'a:c2hvcnQgc2VjcmV0' })
  t.equal(weak.exitCode, 78)
  t.match(weak.stderr, 'LINK_SIGNING_KEYS has a secret of less than 32 bytes')
  t.notMatch(weak.stderr, 'c2hvcnQ')

  const help = await run({}, ['--help'])
  t.equal(help.exitCode, 0)
  for (const name of [...required, 'TRUST_PROXY', 'PORT', 'HOST', 'LOG_LEVEL']) t.match(help.stdout, name)
  t.match(help.stdout, '8082')
})

t.test('a stop lets downloads end', async (t) => {
  const service = await startService(t, 'links', { env })
  const owner = await ownerAt(service)
  const original = randomBytes(30_000_000)
  const link = await issue(owner, await stage.addImage(owner, { original }))
  // Keeps its connection for as long as the service does.
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(pathOf(link), service.url), resolve)
      .once('error', reject)
      .end()
  })
  service.signal('SIGTERM')
  await service.logged((line) => JSON.stringify(line).includes('stopping'))
  t.ok((await buffer(answer)).equals(original))
  t.same(await service.exited, { code: 0, signal: null })
})

t.test('a start while the stores are away', async (t) => {
  const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' }
  const service = await startService(t, 'links', { env: { ...env, ...nowhere }, until: 'listening' })
  const ready = await fetch(`${service.url}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), {
    dependencies: { postgres: 'unavailable', redis: 'unavailable', store: 'ok' },
  })
  t.match(await send(service, '/l/x', {}), /^HTTP\/1.1 404 /)
})

/** Sends a request whose target is written as it is given, which `fetch` does not. */
async function send(
  service: Service,
  target: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<string> {
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  const lines = Object.entries({ host: hostname, connection: 'close', ...headers }).map((header) =>
    header.join(': '),
  )
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  return text(socket)
}

function run(
  variables: Record<string, string>,
  args: string[] = [],
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const options = { env: { PATH: process.env.PATH, ...variables } }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr })
    })
  })
}
