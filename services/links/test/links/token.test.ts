import { createHmac, randomBytes } from 'node:crypto'
import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import { createTokens } from '../../src/links/token.ts'

const key = (id: string) => ({ id, secret: randomBytes(32) })
const claim = { linkId: uuidv7(), expiresAt: new Date('2031-02-03T04:05:06.789Z') }

t.test('a token says what was signed', async (t) => {
  const tokens = createTokens([key('a')])
  const token = tokens.sign(claim)
  t.same(tokens.verify(token), claim)
  t.equal(tokens.sign(claim), token, 'and is the same whenever it is made')
  t.match(token, /^[\w-]+\.[\w-]{43}$/)
})

t.test('the signature is HMAC-SHA-256 over the payload as written', async (t) => {
  const signing = key('a')
  const [payload = '', signature] = createTokens([signing]).sign(claim).split('.')
  t.equal(signature, createHmac('sha256', signing.secret).update(payload).digest('base64url'))
  t.ok(Buffer.from(payload, 'base64url').toString('latin1').endsWith('a'), 'which names the key')
})

t.test('every bit counts', async (t) => {
  const tokens = createTokens([key('a'), key('b'), key('c')])
  const token = tokens.sign(claim)
  const accepted: string[] = []
  for (let index = 0; index < token.length; index += 1) {
    for (let bit = 0; bit < 7; bit += 1) {
      const flipped = String.fromCharCode(token.charCodeAt(index) ^ (1 << bit))
      const forged = token.slice(0, index) + flipped + token.slice(index + 1)
      if (tokens.verify(forged) !== undefined) accepted.push(forged)
    }
  }
  t.same(accepted, [])
})

t.test('what no key of ours signed', async (t) => {
  const [ours, theirs] = [key('a'), key('a')]
  const tokens = createTokens([ours])
  const token = tokens.sign(claim)
  const [payload, signature] = token.split('.')
  const forged = {
    'another secret under the same id': createTokens([theirs]).sign(claim),
    'a key we do not have': createTokens([{ ...ours, id: 'b' }]).sign(claim),
    nothing: '',
    'a payload alone': payload,
    'a payload with an empty signature': `${payload}.`,
    'a signature alone': `.${signature}`,
    padding: `${token}=`,
    'something after it': `${token}.${signature}`,
    'something before it': ` ${token}`,
    'a cut signature': token.slice(0, -1),
    'far too much': token + 'A'.repeat(1_000_000),
    'no key id': createTokens([{ ...ours, id: '' }]).sign(claim),
  }
  for (const [what, text] of Object.entries(forged)) t.equal(tokens.verify(text ?? ''), undefined, what)
})

t.test('keys rotate', async (t) => {
  const [old, fresh] = [key('2026'), key('2027')]
  const before = createTokens([old]).sign(claim)
  const both = createTokens([fresh, old])
  t.same(both.verify(before), claim, 'the old one still verifies')
  const after = both.sign(claim)
  t.not(after, before, 'the first one signs')
  t.same(createTokens([fresh]).verify(after), claim)
  t.equal(createTokens([fresh]).verify(before), undefined, 'until it is dropped')
})
