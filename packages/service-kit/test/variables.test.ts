import t from 'tap'
import { databaseUrl, port, redisUrl, trustProxy } from '../src/index.ts'

t.test('the addresses of the stores', async (t) => {
  t.equal(databaseUrl.parse('postgres://u:p@h/d'), 'postgres://u:p@h/d')
  t.equal(databaseUrl.parse('postgresql://h/d'), 'postgresql://h/d')
  t.throws(
    () => databaseUrl.parse('mysql://h/d'),
    /must be a URL that begins with postgres:\/\/ or postgresql:/,
  )
  t.equal(redisUrl.parse('rediss://:p@h:1/2'), 'rediss://:p@h:1/2')
  t.throws(() => redisUrl.parse('h:6379'), /must be a URL/)
})

t.test('ports', async (t) => {
  t.equal(port(8080).fallback, '8080')
  t.equal(port(1).parse('0'), 0)
  t.equal(port(1).parse('65535'), 65_535)
  t.throws(() => port(1).parse('65536'), /from 0 to 65535/)
})

t.test('whose forwarding headers are believed', async (t) => {
  t.equal(trustProxy.fallback, 'false')
  t.equal(trustProxy.parse('true'), true)
  t.equal(trustProxy.parse('false'), false)
  for (const value of ['loopback', '10.0.0.1', '10.0.0.0/8,::1', 'fd00::/8, uniquelocal']) {
    t.equal(trustProxy.parse(value), value.replace(' ', ''))
  }
  for (const value of [
    'yes',
    '1',
    '10.0.0.0/33',
    '::1/129',
    'example.com',
    '10.0.0.1,',
    '10.0.0.0/8/8',
    '*',
  ]) {
    t.throws(() => trustProxy.parse(value), /must be true, false, or a list/, value)
  }
})
