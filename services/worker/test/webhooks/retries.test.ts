import t from 'tap'
import { parseRetryAfter, RETRY_AFTER_SECONDS, secondsUntilRetry } from '../../src/webhooks/retries.ts'

t.test('eleven attempts over a day, each a while after the one before', async (t) => {
  const sum = RETRY_AFTER_SECONDS.reduce((all, one) => all + one, 0)
  t.ok(sum > 23 * 3600 && sum < 25 * 3600)
  for (const [index, wait] of RETRY_AFTER_SECONDS.entries()) {
    const tries = Array.from({ length: 50 }, () => secondsUntilRetry(RETRY_AFTER_SECONDS, index + 1) ?? 0)
    t.ok(tries.every((seconds) => seconds >= 0.8 * wait && seconds <= 1.2 * wait))
    t.ok(new Set(tries).size > 1, 'never all together')
  }
  t.equal(secondsUntilRetry(RETRY_AFTER_SECONDS, 11), undefined)
})

t.test('a receiver may ask for a longer wait, within bounds', async (t) => {
  t.equal(secondsUntilRetry([5, 30], 1, 90), 90)
  t.equal(secondsUntilRetry([5, 30], 1, 1e9), 3600)
  t.ok((secondsUntilRetry([500], 1, 1) ?? 0) >= 400, 'and for no shorter one')
  t.equal(secondsUntilRetry([5], 2, 90), undefined, 'nor for one more attempt')
})

t.test('Retry-After', async (t) => {
  t.equal(parseRetryAfter('120'), 120)
  t.equal(parseRetryAfter('0'), 0)
  const inAnHour = parseRetryAfter(new Date(Date.now() + 3_600_000).toUTCString()) ?? 0
  t.ok(inAnHour > 3590 && inAnHour <= 3600)
  for (const nothing of [
    undefined,
    '',
    '-1',
    '1e3',
    'soon',
    'Wed, 21 Oct 2015 07:28:00 GMT',
    '9'.repeat(30),
  ]) {
    t.equal(parseRetryAfter(nothing), undefined, String(nothing))
  }
})
