import t from 'tap'
import { hashPassword, verifyPassword } from '../src/passwords.ts'

t.test('a password is known by its hash', async (t) => {
  const hash = await hashPassword('correct horse')
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.equal(await verifyPassword('correct horse', hash), true)
  for (const wrong of ['Correct horse', 'correct horse ', '', 'correct horse\0']) {
    t.equal(await verifyPassword(wrong, hash), false)
  }
})

t.test('each hash has a salt of its own', async (t) => {
  const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')])
  t.not(one, two)
  t.equal(await verifyPassword('same', two), true)
})

t.test('one way of typing a character is as good as another', async (t) => {
  const composed = 'p\u00e4ssword'
  const decomposed = 'pa\u0308ssword'
  t.equal(await verifyPassword(decomposed, await hashPassword(composed)), true)
})

t.test('the empty and the long have their own hashes', async (t) => {
  const long = '🌉'.repeat(500)
  const hash = await hashPassword(long)
  t.equal(await verifyPassword(long, hash), true)
  t.equal(await verifyPassword(`${long}x`, hash), false)
  t.equal(await verifyPassword('', await hashPassword('')), true)
})

t.test('nobody has a password', async (t) => {
  for (const password of ['', 'A', 'correct horse']) t.equal(await verifyPassword(password, undefined), false)
})

t.test('a hash made with other costs still holds', async (t) => {
  // The reference implementation's own: argon2 'password' with salt 'somesalt', argon2id, m=256 KiB, t=2, p=1.
  const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  t.equal(await verifyPassword('password', hash), true)
  t.equal(await verifyPassword('Password', hash), false)
})

t.test('what is no hash is a fault, not a wrong password', async (t) => {
  for (const hash of [
    '',
    'x',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ',
  ]) {
    await t.rejects(verifyPassword('x', hash), /not in PHC format/)
  }
})
