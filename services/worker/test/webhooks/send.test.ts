import { createAddressGuard, parseNetworks } from '@tintype/service-kit'
import { startWebhookReceiver } from '@tintype/testkit'
import t from 'tap'
import { createSender, type SenderOptions } from '../../src/webhooks/send.ts'

/** One of this machine's addresses that is allowed here, which leaves 127.0.0.1 refused. */
const OPEN_HOST = '127.0.0.2'
const open = await startWebhookReceiver(t, { host: OPEN_HOST })
const closed = await startWebhookReceiver(t)
const guard = createAddressGuard(parseNetworks(`${OPEN_HOST}/32`))

const post = (url: string, options: Partial<SenderOptions> = {}) =>
  createSender({ guard, timeoutMs: 10_000, ...options })({ url, headers: { 'webhook-id': 'x' }, body: '{}' })
const at = (name: string, { url }: { url: string }) => url.replace(/\/\/[\d.]+/, `//${name}`)

t.test('a message arrives whole', async (t) => {
  t.same(await post(open.url), { outcome: 'answered', status: 204, retryAfter: undefined })
  t.match(open.received.at(-1), { text: '{}', headers: { 'webhook-id': 'x', 'content-length': '2' } })
  const resolve = async () => [OPEN_HOST]
  t.match(await post(at('receiver.example', open), { resolve }), { status: 204 })
  t.match(open.received.at(-1)?.headers.host, /^receiver\.example:/)
})

t.test('an address that is not the internet’s gets nothing', async (t) => {
  const before = closed.received.length
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
  ]) {
    t.same(await post(at(host, closed)), { outcome: 'failed', failure: 'address-refused' }, host)
  }
  t.same(await post(at('localhost', closed)), { outcome: 'failed', failure: 'address-refused' })
  t.same(await post('http://169.254.169.254/latest/meta-data/'), {
    outcome: 'failed',
    failure: 'address-refused',
  })
  t.equal(closed.received.length, before)
})

t.test('a name that resolves there the second time gets nothing', async (t) => {
  let times = 0
  const resolve = async () => [times++ % 2 === 0 ? OPEN_HOST : '127.0.0.1']
  // On the port where only 127.0.0.1 listens, so that whatever connects there is seen.
  const url = at('rebinding.example', closed)
  t.same(await post(url, { resolve }), { outcome: 'failed', failure: 'connection-failed' })
  t.equal(times, 1, 'it is resolved once for a connection')
  t.same(await post(url, { resolve }), { outcome: 'failed', failure: 'address-refused' })
  t.same(closed.received, [])
})

t.test('of several addresses those that may be connected to are', async (t) => {
  const resolve = async () => ['127.0.0.1', OPEN_HOST, '::1']
  t.match(await post(at('several.example', open), { resolve }), { status: 204 })
  t.match(await post(at('several.example', closed), { resolve }), { failure: 'connection-failed' })
  t.same(closed.received, [])
  t.same(await post(at('nowhere.example', open), { resolve: async () => [] }), {
    ...{ outcome: 'failed', failure: 'name-not-found' },
  })
})

t.test('a redirect is not followed', async (t) => {
  for (const status of [301, 302, 307, 308]) {
    open.answerWith((response) => response.writeHead(status, { location: closed.url }).end())
    t.match(await post(open.url), { outcome: 'answered', status })
  }
  t.same(closed.received, [])
})

t.test('a receiver that takes its time is given up', async (t) => {
  const timeoutMs = 200
  open.answerWith(() => {})
  t.same(await post(open.url, { timeoutMs }), { outcome: 'failed', failure: 'timeout' })
  const resolve = () => new Promise<string[]>(() => {})
  t.same(await post('http://slow.example/', { resolve, timeoutMs }), {
    outcome: 'failed',
    failure: 'timeout',
  })
  open.answerWith((response) => void response.writeHead(200).write('and then nothing'))
  t.match(await post(open.url, { timeoutMs }), { outcome: 'answered', status: 200 })
})

t.test('an endless answer is not read', async (t) => {
  let sent = 0
  open.answerWith((response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536
    }
    response.writeHead(503, { 'retry-after': '7' }).on('drain', more)
    more()
  })
  t.same(await post(open.url), { outcome: 'answered', status: 503, retryAfter: '7' })
  t.ok(sent < 64 * 1024 ** 2)
})

t.test('a connection that is cut, and an answer that is none', async (t) => {
  open.answerWith((response) => response.destroy())
  t.same(await post(open.url), { outcome: 'failed', failure: 'connection-failed' })
  open.answerWith((response) => response.socket?.end('SSH-2.0-OpenSSH\r\n'))
  t.same(await post(open.url), { outcome: 'failed', failure: 'connection-failed' })
  open.answerWith((response) =>
    response.socket?.end('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  )
  t.same(await post(open.url), { outcome: 'failed', failure: 'connection-failed' })
})
