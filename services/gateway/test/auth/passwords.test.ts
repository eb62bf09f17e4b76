import t from 'tap'
import { passwordProblem } from '../../src/auth/passwords.ts'

const rules = { minLength: 12, username: 'Ann.Other', email: 'a.nother@example.com' }

t.test('what a new password must be', async (t) => {
  t.equal(passwordProblem('correct horse battery staple', rules), undefined)
  t.match(passwordProblem('short', rules), /^password: must have at least 12 characters/)
  t.match(passwordProblem('🐎🐎🐎🐎🐎🐎🐎', rules), /at least 12/, 'characters, not code units')
  t.equal(passwordProblem('Xk4-9qz', { ...rules, minLength: 7 }), undefined)
})

t.test('what it must not contain', async (t) => {
  t.match(passwordProblem('xx-ann.OTHER-xx-xx', rules), /must not contain the user name/)
  t.match(
    passwordProblem('ａｎｎ．ｏｔｈｅｒ-xx-xx', rules),
    /user name/,
    'in another width: it is hashed as this one',
  )
  t.match(passwordProblem('xx-A.Nother-xx-xx', rules), /must not contain the mail address/)
  t.equal(passwordProblem('xx-example.com-xx-xx', rules), undefined, 'the rest of it is everybody’s')
  t.equal(
    passwordProblem('an apple and a hat', { ...rules, username: 'an', email: 'a@b.example' }),
    undefined,
  )
  t.equal(passwordProblem('an apple and a hat', { minLength: 12, username: 'ann', email: null }), undefined)
})

t.test('the commonest ones', async (t) => {
  for (const password of [
    '123456789012',
    'qwertyuiop123',
    'Password2026!',
    'PASSWORD1234',
    'unbelievable',
    'ｐassword12345',
  ]) {
    t.match(passwordProblem(password, rules), /among the commonest/, password)
  }
  for (const password of [' '.repeat(12), 'aaaaaaaaaaaa', 'ababababab', '  abcabcabcabc  '])
    t.match(passwordProblem(password, { ...rules, minLength: 7 }), /4 different characters/, password)
  t.equal(passwordProblem('unbelievable hats', rules), undefined)
  t.equal(passwordProblem('8402-5571-9930-1', rules), undefined)
})
