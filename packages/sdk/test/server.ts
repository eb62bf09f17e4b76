import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Scope } from '@tintype/testkit'

export interface TestServer {
  url: string
  /** Breaks every connection that is open. */
  cut(): void
}

/** An HTTP server that answers as the test wants, for what a real one does seldom. */
export async function startServer(
  t: Scope,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestServer> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP port')
  return { url: `http://127.0.0.1:${address.port}`, cut: () => server.closeAllConnections() }
}
