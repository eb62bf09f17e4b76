import t from 'tap'
import { createResolver } from '../../src/webhooks/resolve.ts'

const failed = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))

t.test(
  'the system is asked of what name servers do not know, and of nothing that they are silent about',
  async (t) => {
    const asked: string[] = []
    const resolve = createResolver({
      ask: (hostname) => {
        if (hostname === 'both.example')
          return [Promise.resolve(['192.0.2.1']), Promise.resolve(['2001:db8::1'])]
        if (hostname === 'one.example') return [Promise.resolve(['192.0.2.2']), failed('ENODATA')]
        if (hostname === 'half.example') return [Promise.resolve(['192.0.2.3']), failed('ETIMEOUT')]
        if (hostname === 'silent.example') return [failed('ENODATA'), failed('ETIMEOUT')]
        return [failed('ENOTFOUND'), failed('ENOTFOUND')]
      },
      lookUp: async (hostname) => {
        asked.push(hostname)
        if (hostname === 'nowhere.example') throw new Error('ENOTFOUND')
        return ['192.0.2.9']
      },
    })
    t.strictSame(await resolve('both.example'), ['192.0.2.1', '2001:db8::1'])
    t.strictSame(await resolve('one.example'), ['192.0.2.2'])
    t.strictSame(await resolve('half.example'), ['192.0.2.3'])
    t.strictSame(await resolve('silent.example'), [])
    t.strictSame(asked, [])
    t.strictSame(await resolve('hosts.example'), ['192.0.2.9'])
    t.strictSame(await resolve('nowhere.example'), [])
    t.strictSame(await resolve('localhost'), ['192.0.2.9'])
    t.strictSame(asked, ['hosts.example', 'nowhere.example', 'localhost'])
  },
)
