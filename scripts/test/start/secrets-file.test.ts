import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadSecrets } from '../../start/secrets-file.ts'
import { scratchFolder } from '../scratch.ts'

const WHAT_TO_DO =
  'put it back from a backup, or delete it and new secrets are made, which ends every session and link, ' +
  'leaves webhooks without a secret and the administrator the old password.'

t.test('made up once, kept for their owner alone', async (t) => {
  const file = join(scratchFolder(t), 'secrets.json')
  const first = loadSecrets(file, {})
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(first.adminPasswordMadeUp, true)
  t.match(first.linkSigningKeys, /^[0-9a-f]{8}:[\w-]{43}$/)
  t.match(first.webhookEncryptionKeys, /^[0-9a-f]{8}:[\w-]{43}$/)
  t.equal(publicOf(first.jwtPrivateKey), first.jwtPublicKeys)
  chmodSync(file, 0o644)
  t.same(loadSecrets(file, {}), first, 'the same the next time')
  t.equal(statSync(file).mode & 0o777, 0o600, 'and the mode is put right')
})

t.test('what is set is taken, and not kept', async (t) => {
  const file = join(scratchFolder(t), 'secrets.json')
  const env = { ADMIN_PASSWORD: 'chosen by somebody', JWT_PRIVATE_KEY: newKey() }
  const secrets = loadSecrets(file, env)
  t.match(secrets, { adminPassword: 'chosen by somebody', adminPasswordMadeUp: false })
  t.equal(secrets.jwtPrivateKey, env.JWT_PRIVATE_KEY)
  t.equal(publicOf(env.JWT_PRIVATE_KEY), secrets.jwtPublicKeys)
  t.same(Object.keys(JSON.parse(readFileSync(file, 'utf8'))), [
    'LINK_SIGNING_KEYS',
    'WEBHOOK_ENCRYPTION_KEYS',
  ])
})

t.test('a key that is set goes with its own public half, not with the kept one', async (t) => {
  const file = join(scratchFolder(t), 'secrets.json')
  const kept = loadSecrets(file, {})
  const key = newKey().replaceAll('\n', '\\n')
  const secrets = loadSecrets(file, { JWT_PRIVATE_KEY: key })
  t.equal(secrets.jwtPublicKeys, publicOf(key.replaceAll('\\n', '\n')))
  t.not(secrets.jwtPublicKeys, kept.jwtPublicKeys)
  t.match(loadSecrets(file, { JWT_PRIVATE_KEY: key, JWT_PUBLIC_KEYS: 'two of them' }), {
    jwtPublicKeys: 'two of them',
  })
  t.throws(() => loadSecrets(file, { JWT_PUBLIC_KEYS: 'x' }), { message: /set both or neither/ })
})

t.test('what is damaged is told of in a sentence, and left as it is', async (t) => {
  const file = join(scratchFolder(t), 'secrets.json')
  loadSecrets(file, {})
  const whole = readFileSync(file, 'utf8')
  for (const content of [whole.slice(0, -9), '', 'null', '[]', '{"ADMIN_PASSWORD": 7}']) {
    writeFileSync(file, content)
    t.throws(
      () => loadSecrets(file, {}),
      { message: `${file} is damaged: ${WHAT_TO_DO}` },
      content.slice(0, 9),
    )
    t.equal(readFileSync(file, 'utf8'), content)
  }
})

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function publicOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}
