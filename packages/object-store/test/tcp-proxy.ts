import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { resetSocket } from '@tintype/testkit'
import type { Test } from 'tap'

export interface TcpProxy {
  url: string
  /** From now on passes nothing on in either direction, but keeps connections open and takes new ones. */
  hold(): void
  release(): void
  /** Breaks every connection. */
  cut(): void
  /** How many clients are connected. */
  open(): number
  /** All that clients sent. */
  sent(): string
}

/**
 * A stretch of network between the store's client and a real server, which a
 * test can have fail or listen to.
 */
export async function startTcpProxy(t: Test, target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<[Socket, Socket]>()
  const sent: Buffer[] = []
  let held = false
  const server: Server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) })
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    client.on('data', (data) => sent.push(data))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (data) => {
        if (!to.write(data)) from.pause()
      })
      to.on('drain', () => {
        if (!held) from.resume()
      })
      from.on('end', () => to.end())
      // The other side learns of it by its own close.
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
      if (held) from.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of [...pairs].flat()) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold() {
      held = true
      for (const socket of [...pairs].flat()) socket.pause()
    },
    release() {
      held = false
      for (const socket of [...pairs].flat()) socket.resume()
    },
    cut() {
      for (const [client] of pairs) resetSocket(client)
    },
    open: () => pairs.size,
    sent: () => Buffer.concat(sent).toString('latin1'),
  }
}
