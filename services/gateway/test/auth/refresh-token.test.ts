import { randomBytes } from 'node:crypto'
import { uuidv7 } from '@tintype/domain'
import t from 'tap'
import { createRefreshTokens } from '../../src/auth/refresh-token.ts'

const tokens = createRefreshTokens(randomBytes(32))
const ticket = { sessionId: uuidv7(), generation: 7 }
const token = tokens.mint(ticket)

t.test('a token is read back, and always made the same', async (t) => {
  t.strictSame(tokens.read(token), ticket)
  t.equal(tokens.mint(ticket), token)
})

t.test('anything else is nobody’s', async (t) => {
  const [session, generation, mac] = token.split('.') as [string, string, string]
  const FORGED: Record<string, string> = {
    nothing: '',
    'no MAC': `${session}.${generation}`,
    'an empty MAC': `${session}.${generation}.`,
    'a cut MAC': token.slice(0, -4),
    'a longer MAC': `${token}AAAA`,
    'another MAC': `${session}.${generation}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
    'another number': `${session}.8.${mac}`,
    'the same number, otherwise written': `${session}.07.${mac}`,
    'another session': `${uuidv7()}.${generation}.${mac}`,
    'one part more': `${token}.x`,
    'another key': createRefreshTokens(randomBytes(32)).mint(ticket),
    'a number past all bounds': `${session}.${'9'.repeat(30)}.${mac}`,
  }
  for (const [name, forged] of Object.entries(FORGED)) t.equal(tokens.read(forged), undefined, name)
})
