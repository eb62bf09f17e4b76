import { randomBytes } from 'node:crypto'
import { trustProxy } from '@tintype/service-kit'
import t from 'tap'
import { linkSigningKeys } from '../src/links/signing-keys.ts'

const secret = () => randomBytes(32).toString('base64url')

t.test('LINK_SIGNING_KEYS', async (t) => {
  const [a, b] = [secret(), randomBytes(64).toString('base64url')]
  t.same(linkSigningKeys.parse(`2027:${a}, 2026-old_1:${b}`), [
    { id: '2027', secret: Buffer.from(a, 'base64url') },
    { id: '2026-old_1', secret: Buffer.from(b, 'base64url') },
  ])

  const short = randomBytes(31).toString('base64url')
  const wrong: Record<string, [string, RegExp]> = {
    'a secret without an id': [a, /like id:secret/],
    'an id without a secret': ['a:', /like id:secret/],
    'an empty id': [`:${a}`, /like id:secret/],
    'an id with other characters': [`a b:${a}`, /like id:secret/],
    'an endless id': [`${'a'.repeat(33)}:${a}`, /like id:secret/],
    'a secret in another alphabet': [`a:${a.slice(1)}+`, /like id:secret/],
    'a key that ends with a comma': [`a:${a},`, /like id:secret/],
    'a short secret': [`a:${short}`, /less than 32 bytes/],
    'a second short secret': [`a:${a},b:${short}`, /less than 32 bytes/],
    'a placeholder': [`a:${'A'.repeat(43)}`, /not random/],
    'one id twice': [`a:${a},a:${b}`, /same id/],
  }
  for (const [what, [value, message]] of Object.entries(wrong)) {
    let error: Error | undefined
    try {
      linkSigningKeys.parse(value)
    } catch (thrown) {
      error = thrown as Error
    }
    t.match(error?.message, message, what)
    const shown = [a, b, short].some((text) => error?.message.includes(text.slice(2, 12)))
    t.notOk(shown, `${what}: the message shows no secret`)
  }
})

t.test('TRUST_PROXY', async (t) => {
  t.equal(trustProxy.parse('true'), true)
  t.equal(trustProxy.parse('false'), false)
  t.equal(trustProxy.fallback, 'false')
  const list = 'loopback, 10.0.0.0/8,2001:db8::/32 ,192.0.2.1'
  t.equal(trustProxy.parse(list), 'loopback,10.0.0.0/8,2001:db8::/32,192.0.2.1')
  for (const wrong of [
    'everybody',
    '1',
    'true,false',
    '10.0.0.0/33',
    '10.0.0.0/',
    'loopback,',
    '10.0.0.256',
  ]) {
    t.throws(() => trustProxy.parse(wrong), /must be true, false, or/, wrong)
  }
})
