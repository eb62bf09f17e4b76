import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import t from 'tap'
import { jwtPrivateKey, jwtPublicKeys } from '../src/index.ts'

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

t.test('what the private key signs, its public key verifies, under one id', async (t) => {
  const { privatePem, publicPem } = pair()
  const key = jwtPrivateKey.parse(privatePem)
  const [verifier] = jwtPublicKeys.parse(publicPem)
  t.equal(verifier?.kid, key.kid)
  t.match(key.kid, /^[\w-]{16}$/)
  const signature = sign(null, Buffer.from('token'), createPrivateKey(key.privatePem))
  t.ok(verify(null, Buffer.from('token'), verifier?.pem ?? '', signature))
  t.notMatch(JSON.stringify(verifier), 'PRIVATE')
})

t.test('a PEM may stand in one line, as environment files want it', async (t) => {
  const { privatePem, publicPem } = pair()
  t.equal(jwtPrivateKey.parse(privatePem.replaceAll('\n', '\\n')).kid, jwtPrivateKey.parse(privatePem).kid)
  t.strictSame(jwtPublicKeys.parse(publicPem.replaceAll('\n', '\\n')), jwtPublicKeys.parse(publicPem))
})

t.test('several public keys verify, each under its own id', async (t) => {
  const pems = [pair().publicPem, pair().publicPem, pair().publicPem]
  const keys = jwtPublicKeys.parse(`\n${pems.join('\n')}  `)
  t.strictSame(
    keys.map((key) => key.pem),
    pems,
  )
  t.equal(new Set(keys.map((key) => key.kid)).size, 3)
})

t.test('secrets for other purposes are drawn from it', async (t) => {
  const key = jwtPrivateKey.parse(pair().privatePem)
  const other = jwtPrivateKey.parse(pair().privatePem)
  t.equal(key.derive('refresh').length, 32)
  t.strictSame(key.derive('refresh'), key.derive('refresh'))
  t.notSame(key.derive('refresh'), key.derive('uploads'))
  t.notSame(key.derive('refresh'), other.derive('refresh'))
})

t.test('a complaint never shows the key', async (t) => {
  const { privatePem, publicPem } = pair()
  const body = privatePem.split('\n')[1] ?? ''
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const wrong: [{ parse(text: string): unknown }, string][] = [
    [jwtPrivateKey, 'secret-that-is-no-pem'],
    [jwtPrivateKey, privatePem.replace('END', 'ENDE')],
    [jwtPrivateKey, privatePem.replace(body, body.slice(0, -8))],
    [jwtPrivateKey, rsa.privateKey],
    [jwtPrivateKey, publicPem],
    [jwtPublicKeys, 'secret-that-is-no-pem'],
    [jwtPublicKeys, privatePem],
    [jwtPublicKeys, rsa.publicKey],
    [jwtPublicKeys, publicPem + rsa.publicKey],
    [jwtPublicKeys, publicPem.replace(/\n.{20}/, '\n')],
  ]
  for (const [variable, value] of wrong) {
    try {
      variable.parse(value)
      t.fail('is taken')
    } catch (error) {
      if (!(error instanceof Error)) throw error
      t.match(error.message, /^must (be|hold) /)
      t.equal(error.cause, undefined)
      for (const line of value.split('\n').filter((line) => line.length > 8 && !line.startsWith('-'))) {
        t.notOk(`${error.message}${error.stack}`.includes(line))
      }
    }
  }
})
