import t from 'tap'
import { HUNG, type Reply } from '../../chaos/load/http-call.ts'
import { createTally, isCleanRefusal } from '../../chaos/load/tally.ts'

function reply(status: number, body: object, headers: Reply['headers'] = {}): Reply {
  const bytes = Buffer.from(JSON.stringify(body))
  return { status, headers: { 'content-type': 'application/json', ...headers }, bytes, tookMs: 1 }
}

t.test('a refusal is clean when it says why and when to come again', async (t) => {
  const again = { 'retry-after': '5' }
  t.ok(isCleanRefusal(reply(503, { code: 'TT_STORE_UNAVAILABLE' }, again)))
  t.ok(isCleanRefusal(reply(503, { items: [{ error: { code: 'TT_STORE_UNAVAILABLE' } }] }, again)))
  t.ok(isCleanRefusal(reply(429, { code: 'TT_RATE_LIMITED' }, again)))
  t.notOk(isCleanRefusal(reply(503, { code: 'TT_STORE_UNAVAILABLE' })), 'without Retry-After')
  t.notOk(isCleanRefusal(reply(503, {}, again)), 'without a code')
  t.notOk(isCleanRefusal(reply(500, { code: 'TT_INTERNAL' }, again)))
})

t.test('a fault of the product is told from a refusal, and from a connection that was cut', async (t) => {
  const tally = createTally()
  tally.note('GET /a', { outcome: 'answered', reply: reply(200, {}) })
  tally.note('GET /b', { outcome: 'answered', reply: reply(503, { code: 'TT_X' }, { 'retry-after': '1' }) })
  tally.note('GET /c', { outcome: 'cut', code: 'ECONNRESET' })
  t.same(tally.violations, [])
  tally.note('GET /d', { outcome: 'answered', reply: reply(500, { code: 'TT_INTERNAL' }) })
  tally.note('GET /e', { outcome: 'cut', code: HUNG })
  t.match(tally.violations, [/^GET \/d was answered with 500/, /^GET \/e was not answered/])
  t.same(tally.counts, { requests: 5, refused: 1, cut: 2 })
})
