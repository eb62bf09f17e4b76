import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { Test } from 'tap'

export interface HoldingServer {
  /** Reaches the same bucket, through this server. */
  storeUrl: string
  /** From now on requests of this method are never answered; `undefined`: all are. */
  hold(method: string | undefined): void
}

/** An S3 store in front of a real one, which can be slow at uploads or downloads alone. */
export async function startHoldingServer(t: Test, storeUrl: string): Promise<HoldingServer> {
  const url = new URL(storeUrl)
  const { hostname, port } = url
  let held: string | undefined
  const server = createServer((incoming, answer) => {
    if (incoming.method === held) return
    const { method, url: path, headers } = incoming
    const outgoing = request({ hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    incoming.on('error', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  url.host = `127.0.0.1:${address.port}`
  return {
    storeUrl: url.href,
    hold(method) {
      held = method
    },
  }
}
