import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import type { Scope } from './scope.ts'

/** A message as it arrived. */
export interface ReceivedMessage {
  headers: Record<string, string>
  text: string
  /** What the text says, unless it is no JSON. */
  body: { type: string; timestamp: string; data: Record<string, unknown> }
}

export interface WebhookReceiver {
  readonly url: string
  readonly received: ReceivedMessage[]
  /** Answers so from now on; 204 unless told. */
  answerWith(answer: (response: ServerResponse, message: ReceivedMessage) => void): void
}

/** Somebody else's HTTP server, at an address of this machine. */
export async function startWebhookReceiver(
  t: Scope,
  { host = '127.0.0.1' }: { host?: string } = {},
): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = []
  let answer: Parameters<WebhookReceiver['answerWith']>[0] = (response) => response.writeHead(204).end()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const message = { headers: request.headers as Record<string, string>, text: body, body: parse(body) }
    received.push(message)
    answer(response, message)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}/hook`,
    received,
    answerWith(given) {
      answer = given
    },
  }
}

/** @throws unless the reference library of Standard Webhooks accepts the message. */
export function verifyWebhook(secret: string, { text, headers }: ReceivedMessage): void {
  new Webhook(secret).verify(text, headers)
}

function parse(body: string): ReceivedMessage['body'] {
  try {
    return JSON.parse(body)
  } catch {
    return { type: '', timestamp: '', data: {} }
  }
}
