import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSecretSealer, type SecretKey } from '../src/index.ts'

const key = (id: string): SecretKey => ({ id, secret: randomBytes(32) })
const [old, present] = [key('old'), key('new')]

t.test('a secret is read again by those who have its key, and in its own row', async (t) => {
  const before = createSecretSealer([old])
  const sealed = before.seal('whsec_x', 'row')
  t.notMatch(sealed, 'whsec')
  t.not(before.seal('whsec_x', 'row'), sealed, 'never the same twice')
  t.equal(before.open(sealed, 'row'), 'whsec_x')

  const after = createSecretSealer([present, old])
  t.equal(after.open(sealed, 'row'), 'whsec_x', 'after a rotation')
  t.match(after.seal('x', 'row'), /^new\./)
  t.throws(() => after.open(sealed, 'another row'))
  t.throws(() => createSecretSealer([present]).open(sealed, 'row'), /not configured any more/)
  t.throws(() => createSecretSealer([{ ...present, id: 'old' }]).open(sealed, 'row'))
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`
  t.throws(() => after.open(changed, 'row'))
  for (const damaged of ['', 'old.', 'old', sealed.slice(0, 20)]) t.throws(() => after.open(damaged, 'row'))
})
