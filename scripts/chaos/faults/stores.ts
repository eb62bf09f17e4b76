import type { TcpProxy } from '@tintype/testkit'
import type { Fault, Hand } from '../fault.ts'

/** Pieces of a transfer go on so much later: an original of 100 kB takes a second or two. */
const SLOW_MS = 150

/** As S3 answers when it is asked too much (AWS, «Error responses», SlowDown). */
const SLOW_DOWN = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
const SERVICE_UNAVAILABLE = [
  'HTTP/1.1 503 Service Unavailable',
  'content-type: application/xml',
  `content-length: ${SLOW_DOWN.length}`,
  'connection: close',
  '',
  SLOW_DOWN,
].join('\r\n')

/** Something between the services and the store, for as long as the fault is kept up. */
function betweenStore(
  name: string,
  what: string,
  mayCut: boolean,
  begin: (proxy: TcpProxy, hand: Hand) => void,
): Fault {
  return {
    ...{ name, what, mayCut, store: 's3' },
    async run(hand) {
      const { storeProxy } = hand.stage
      if (storeProxy === undefined) throw new Error('the store is no S3 server')
      begin(storeProxy, hand)
      await hand.hold()
      hand.healed()
      await storeProxy.restore()
    },
  }
}

export const storeSlow = betweenStore(
  'store-slow',
  `each piece of a transfer takes ${SLOW_MS} ms more, either way`,
  false,
  (proxy) => proxy.delay(SLOW_MS),
)

export const storeResets = betweenStore(
  'store-resets',
  'each connection to the store is reset after some bytes, up to 200 kB of them',
  true,
  (proxy, { random }) => proxy.breakAfter(() => random.between(0, 200_000)),
)

export const storeRefuses = betweenStore(
  'store-503',
  'the store answers 503 SlowDown to everything; connections that were open are reset',
  true,
  (proxy) => proxy.answer(SERVICE_UNAVAILABLE),
)

export const storeStopped: Fault = {
  name: 'store-stopped',
  what: 'the S3 server is killed, and started later with what it had',
  store: 's3',
  mayCut: true,
  obstacle: async ({ rados }) => (rados === undefined ? 'the S3 server is not the run’s own' : undefined),
  async run({ stage, hold, healed }) {
    await stage.rados?.interrupt()
    await hold()
    healed()
    await stage.rados?.resume()
  },
}
