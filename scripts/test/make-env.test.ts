import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import t from 'tap'
import { scratchFolder } from './scratch.ts'

const PROGRAM = fileURLToPath(new URL('../make-env.mjs', import.meta.url))

function makeEnv(file: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, file], { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

const pem = (text: string | undefined) => (text ?? '').replaceAll('\\n', '\n')

t.test('writes all that docker compose needs, for its owner alone', async (t) => {
  const file = join(scratchFolder(t), '.env')
  const { status, said } = makeEnv(file)
  const values = parseEnv(readFileSync(file, 'utf8'))
  t.equal(status, 0)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(Object.keys(values).sort(), [
    'ADMIN_PASSWORD',
    'ADMIN_USERNAME',
    'JWT_PRIVATE_KEY',
    'JWT_PUBLIC_KEYS',
    'LINK_SIGNING_KEYS',
    'MINIO_ROOT_PASSWORD',
    'MINIO_ROOT_USER',
    'POSTGRES_PASSWORD',
    'REDIS_PASSWORD',
    'WEBHOOK_ENCRYPTION_KEYS',
  ])
  t.match(said, `Sign in as ${values.ADMIN_USERNAME}`)
  t.notMatch(said, values.ADMIN_PASSWORD ?? 'missing', 'the password is not shown')
  const [id, secret = ''] = (values.LINK_SIGNING_KEYS ?? '').split(':')
  t.match(id, /^[0-9a-f]{8}$/)
  t.equal(Buffer.from(secret, 'base64url').length, 32)
  const key = createPrivateKey(pem(values.JWT_PRIVATE_KEY))
  t.equal(key.asymmetricKeyType, 'ed25519')
  t.equal(createPublicKey(key).export({ type: 'spki', format: 'pem' }), pem(values.JWT_PUBLIC_KEYS))
})

t.test('a second time changes nothing but a mode that is too wide', async (t) => {
  const file = join(scratchFolder(t), '.env')
  makeEnv(file)
  const before = readFileSync(file, 'utf8')
  chmodSync(file, 0o644)
  t.match(makeEnv(file), { status: 0, said: /nothing is missing/ })
  t.equal(readFileSync(file, 'utf8'), before)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('keeps what stands there, and fills in what has no value', async (t) => {
  const file = join(scratchFolder(t), '.env')
  const own = [
    '# mine',
    'export ADMIN_USERNAME=ada',
    'ADMIN_PASSWORD= # to be filled in',
    'FRUIT="a',
    'pear"',
  ].join('\n')
  writeFileSync(file, own)
  makeEnv(file)
  const text = readFileSync(file, 'utf8')
  const values = parseEnv(text)
  t.match(text, /^# mine\nexport ADMIN_USERNAME=ada\nADMIN_PASSWORD=\w{20}\nFRUIT="a\npear"\n/)
  t.match(values, { ADMIN_USERNAME: 'ada', FRUIT: 'a\npear', POSTGRES_PASSWORD: /^\w{20}$/ })
})

t.test('derives the public key from a private key that stands there', async (t) => {
  const folder = scratchFolder(t)
  makeEnv(join(folder, 'first'))
  const first = parseEnv(readFileSync(join(folder, 'first'), 'utf8'))
  for (const written of [
    `JWT_PRIVATE_KEY=${first.JWT_PRIVATE_KEY}`,
    `JWT_PRIVATE_KEY="${pem(first.JWT_PRIVATE_KEY)}"`,
  ]) {
    const file = join(folder, 'second')
    writeFileSync(file, written)
    makeEnv(file)
    t.equal(parseEnv(readFileSync(file, 'utf8')).JWT_PUBLIC_KEYS, first.JWT_PUBLIC_KEYS)
  }
})

t.test('public keys without the private one are an error, and nothing is written', async (t) => {
  const file = join(scratchFolder(t), '.env')
  writeFileSync(file, 'JWT_PUBLIC_KEYS=x\n')
  t.match(makeEnv(file), { status: 1, said: /set both or neither/ })
  t.equal(readFileSync(file, 'utf8'), 'JWT_PUBLIC_KEYS=x\n')
})

t.test('runs with nothing installed: it imports from Node alone', async (t) => {
  for (const file of [
    PROGRAM,
    PROGRAM.replace('make-env', 'secrets'),
    PROGRAM.replace('make-env', 'bootstrap'),
  ]) {
    t.ok(existsSync(file))
    const imports = [...readFileSync(file, 'utf8').matchAll(/^import .* from '(.*)'$/gm)].map(
      ([, from]) => from,
    )
    t.ok(imports.length > 0)
    t.same(
      imports.filter((from) => !from?.startsWith('node:') && from !== './secrets.mjs'),
      [],
    )
  }
})
