import t from 'tap'
import { createForgedTokenLimit } from '../../src/links/forged-token-limit.ts'

t.test('a burst, then one at a time', async (t) => {
  let now = 0
  const limit = createForgedTokenLimit({ burst: 3, refillSeconds: 2, now: () => now })
  const count = () => limit.count('192.0.2.1')
  t.same([count(), count(), count(), count()], [0, 0, 0, 2])
  now += 500
  t.equal(count(), 2, 'the wait is told, rounded up')
  now += 1500
  t.same([count(), count()], [0, 2])
  now += 3_600_000
  t.same([count(), count(), count(), count()], [0, 0, 0, 2], 'no more than a burst is saved up')
})

t.test('addresses are counted apart', async (t) => {
  const limit = createForgedTokenLimit({ burst: 1, now: () => 0 })
  const spent = (address: string) => limit.count(address) > 0
  limit.count('192.0.2.1')
  t.ok(spent('192.0.2.1'))
  t.ok(spent('::ffff:192.0.2.1'), 'the same address in the form of IPv6')
  t.notOk(spent('192.0.2.2'))

  limit.count('2001:db8:1:2:3:4:5:6')
  t.ok(spent('2001:db8:1:2::1'), 'of IPv6 a whole /64 is one sender')
  t.ok(spent('2001:0DB8:1:2:ffff::'))
  t.notOk(spent('2001:db8:1:3::1'))
  t.notOk(spent('2001:db8::1:2:3'))
  t.ok(spent('2001:db8::1'))
})

t.test('memory is bounded', async (t) => {
  const limit = createForgedTokenLimit({ burst: 1, maxAddresses: 2, now: () => 0 })
  limit.count('192.0.2.1')
  limit.count('192.0.2.2')
  limit.count('192.0.2.1')
  limit.count('192.0.2.3')
  t.ok(limit.count('192.0.2.1') > 0, 'the one heard of lately is remembered')
  t.equal(limit.count('192.0.2.2'), 0, 'the one longest quiet is forgotten')
})
