import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestFolder } from '@tintype/testkit'
import t from 'tap'

const JWT_PRIVATE_KEY = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

function run(env: Record<string, string>, args: string[] = [], cwd?: string) {
  const script = fileURLToPath(new URL('run-process.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    ...(cwd === undefined ? {} : { cwd }),
  })
  return { status, stdout, stderr }
}

t.test('a service starts with its configuration', async (t) => {
  t.match(run({ GREETING: 'hello', JWT_PRIVATE_KEY }), { status: 0, stdout: 'hello\n', stderr: '' })
})

t.test('a wrong configuration ends it with one message and code 78', async (t) => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ'
  const { status, stdout, stderr } = run({ JWT_PRIVATE_KEY: `-----BEGIN PRIVATE KEY-----\n${secret}` })
  t.equal(status, 78)
  t.equal(stdout, '')
  t.match(
    stderr,
    /^greeter cannot start. The configuration is not complete:\n {2}- GREETING is not set: what it says\n {2}- JWT_PRIVATE_KEY must be an Ed25519 private key in PEM\n$/,
  )
  t.notMatch(stderr, secret)
})

t.test('any other fault ends it with code 1', async (t) => {
  const { status, stderr } = run({ GREETING: 'fault', JWT_PRIVATE_KEY })
  t.equal(status, 1)
  t.match(stderr, /^greeter cannot start. Error: cannot greet/)
})

t.test('.env is read where there is one, and the environment goes before it', async (t) => {
  const folder = await createTestFolder(t)
  writeFileSync(
    join(folder, '.env'),
    `GREETING=from .env\nJWT_PRIVATE_KEY="${JWT_PRIVATE_KEY.replaceAll('\n', '\\n')}"\n`,
  )
  t.match(run({}, [], folder), { status: 0, stdout: 'from .env\n' })
  t.match(run({ GREETING: 'from the environment' }, [], folder), { stdout: 'from the environment\n' })
})

t.test('--help prints the table and needs no configuration', async (t) => {
  const { status, stdout } = run({}, ['--help'])
  t.equal(status, 0)
  t.match(stdout, /GREETING +what it says \(required\)/)
  t.match(stdout, 'JWT_PRIVATE_KEY')
})
