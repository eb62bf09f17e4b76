import t from 'tap'
import { passwordProblem } from '../../src/auth/passwords.ts'

t.test('what a new password must be', async (t) => {
  t.equal(passwordProblem('correct horse', 'ann', 12), undefined)
  t.match(passwordProblem('short', 'ann', 12), /at least 12/)
  t.match(passwordProblem('it is Ann himself', 'ann', 12), /user name/)
  t.match(passwordProblem('🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎', 'ann', 12), /at least 12/, 'counted in characters')
  t.equal(passwordProblem('🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎', 'ann', 12), undefined)
})
