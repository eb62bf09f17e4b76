import type { ProblemBody } from '@tintype/testkit'
import t from 'tap'
import { MAX_WRONG_PASSWORDS } from '../../src/links/live-record.ts'
import { basic, issue, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t)
const owner = await stage.addOwner()
const picture = await stage.addImage(owner)

async function issueSecret(password: string, fields: object = {}) {
  const link = await issue(owner, picture, { ...fields, password })
  const visit = (headers?: Record<string, string>, method = 'GET') =>
    stage.visitor.request<ProblemBody>(method, pathOf(link), headers === undefined ? {} : { headers })
  return { link, visit }
}

t.test('a link with a password', async (t) => {
  const { link, visit } = await issueSecret('grün:gelb')
  const asked = await visit()
  t.equal(asked.status, 401)
  t.equal(asked.body.code, 'TT_LINK_PASSWORD_NEEDED')
  t.equal(asked.headers.get('www-authenticate'), `Basic realm="link ${link.id}", charset="UTF-8"`)
  t.equal(asked.headers.get('content-disposition'), null)

  const admitted = await visit(basic('grün:gelb'))
  t.equal(admitted.status, 200)
  t.same(admitted.bytes, picture.original)
  t.equal((await visit(basic('grün:gelb', 'anna'))).status, 200, 'under any name')
  t.equal(
    (await visit(basic('grün:gelb'.normalize('NFD'), ''))).status,
    200,
    'however the letters are composed',
  )
  t.equal((await visit(basic('grün:gelb'), 'HEAD')).status, 200)

  for (const wrong of ['', 'grün', 'Grün:gelb', 'grün:gelb '])
    t.equal((await visit(basic(wrong))).status, 401, wrong)
  t.equal((await visit(undefined, 'HEAD')).status, 401)
  t.equal((await visit({ authorization: 'Bearer x' })).status, 401)
  t.equal((await visit({ ...basic('nope'), 'if-none-match': '*' })).status, 401, 'nor is it told what it has')

  const [row] = await stage.sql`SELECT password_hash FROM links WHERE id = ${link.id}`
  t.match(row?.password_hash, /^\$argon2id\$/)
})

t.test('a wrong password spends no use', async (t) => {
  const { visit } = await issueSecret('right', { maxUses: 1 })
  t.equal((await visit()).status, 401)
  t.equal((await visit(basic('wrong'))).status, 401)
  t.equal((await visit(basic('right'))).status, 200)
  t.equal((await visit(basic('right'))).status, 404)
  t.equal((await visit()).status, 404)
})

t.test('wrong tries are limited', async (t) => {
  const { link, visit } = await issueSecret('right')
  const other = await issueSecret('right')
  for (let n = 0; n < 20; n += 1) t.equal((await visit()).status, 401, 'to ask is not to try')

  const guesses = await Promise.all(Array.from({ length: 50 }, (_, n) => visit(basic(`guess ${n}`))))
  const statuses = Object.groupBy(guesses, (answer) => answer.status)
  t.equal(statuses[401]?.length, MAX_WRONG_PASSWORDS, 'also when they come all at once')
  t.equal(statuses[429]?.length, 50 - MAX_WRONG_PASSWORDS)
  const locked = await visit(basic('right'))
  t.equal(locked.status, 429, 'then the right one is not looked at either')
  t.equal(locked.body.code, 'TT_LINK_PASSWORD_LOCKED')
  const retryAfter = Number(locked.headers.get('retry-after'))
  t.ok(retryAfter > 800 && retryAfter <= 900, `${retryAfter} s`)
  t.equal((await other.visit(basic('right'))).status, 200, 'other links are not locked')

  await stage.redisClient.pexpire(`link-tries:${link.id}`, 0)
  t.equal((await visit(basic('right'))).status, 200, 'until the window is over')
})

t.test('right passwords are not counted', async (t) => {
  const { visit } = await issueSecret('right')
  const headers = { ...basic('right'), range: 'bytes=0-9' }
  const parts = await Promise.all(Array.from({ length: 30 }, () => visit(headers)))
  t.ok(
    parts.every((answer) => answer.status === 206),
    'however many parts are fetched at once',
  )
  for (let n = 1; n < MAX_WRONG_PASSWORDS; n += 1) await visit(basic('wrong'))
  t.equal((await visit(basic('right'))).status, 200)
  t.equal((await visit(basic('wrong'))).status, 401)
  t.equal((await visit(basic('right'))).status, 429, 'and make no wrong one undone')
})
