import { connect } from 'node:net'
import type { Client } from '../client.ts'
import type { Finding } from './findings.ts'
import { mutate, type Random } from './mutations.ts'

export interface RequestRound {
  /** By status; `closed` where the connection ended without an answer. */
  answers: Record<string, number>
  findings: Finding[]
}

const BOUNDARY = 'tintype-fuzz'

/** An upload as it goes over the line: two pictures, a title before the first, whatever else forms may hold. */
export function uploadRequest(picture: Buffer): { head: string; body: Buffer } {
  const part = (lines: string[], content: Buffer | string) =>
    Buffer.concat([
      Buffer.from([`--${BOUNDARY}`, ...lines, '', ''].join('\r\n')),
      Buffer.from(content as Buffer),
      Buffer.from('\r\n'),
    ])
  const body = Buffer.concat([
    part(['Content-Disposition: form-data; name="title"'], 'Née à Orléans'),
    part(
      ['Content-Disposition: form-data; name="file"; filename="a.jpg"', 'Content-Type: image/jpeg'],
      picture,
    ),
    part(['Content-Disposition: form-data; name="note"', 'Content-Type: application/json'], '{"a":[1]}'),
    part(
      ["Content-Disposition: form-data; name=file; filename*=UTF-8''%e2%82%ac.png", 'X-More: yes'],
      picture,
    ),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ])
  const head = [
    'POST /v1/images HTTP/1.1',
    'Host: localhost',
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  return { head: head.join('\r\n'), body }
}

/** An upload with something wrong in its body, or now and then in its head. */
export function mutatedRequest(picture: Buffer, random: Random): Buffer {
  const { head, body } = uploadRequest(picture)
  if (random(5) === 0)
    return Buffer.concat([mutate(Buffer.from(head), random), Buffer.from('\r\n\r\n'), body])
  const mutant = mutate(body, random)
  const says = random(4) === 0 ? body.length : mutant.length
  const told = head.replace(/(?<=Content-Length: )\d+/, String(says))
  return Buffer.concat([Buffer.from(`${told}\r\n\r\n`), mutant])
}

/** Of the eight that a user may have under way: a connection that was hung up on may count a while longer. */
const AT_ONCE = 4
/** After so long without a byte of an answer, or another one, the sender, who has said all, hangs up. */
const PATIENCE_MS = 3000

/**
 * Sends requests as they are, some at a time, each over a connection of its
 * own; the caller's token goes into a header behind the first line.
 */
export async function tryRequests(
  client: Client,
  requests: readonly Buffer[],
  { timeoutMs = 60_000 } = {},
): Promise<RequestRound> {
  const round: RequestRound = { answers: {}, findings: [] }
  const waiting = requests.values()
  async function sendSome(): Promise<void> {
    for (const input of waiting) {
      const received = await exchange(client, input, timeoutMs)
      const [, status = 'closed'] = /^HTTP\/1\.1 (\d{3})/.exec(received ?? '') ?? []
      round.answers[status] = (round.answers[status] ?? 0) + 1
      const fault = /(?:^|\n)HTTP\/1\.1 (5\d\d)/.exec(received ?? '')?.[1]
      if (received === undefined) {
        round.findings.push({ kind: 'request', reason: `it was not answered in ${timeoutMs} ms`, input })
      } else if (fault !== undefined) {
        round.findings.push({ kind: 'request', reason: `it was answered with ${fault}`, input })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome))
  return round
}

/** What came back, up to the connection's end; undefined where that did not come. */
function exchange(client: Client, request: Buffer, timeoutMs: number): Promise<string | undefined> {
  const { hostname, port } = new URL(client.url)
  const lineEnd = Math.max(0, request.indexOf('\r\n'))
  const authorization = Buffer.from(`\r\nAuthorization: Bearer ${client.accessToken}`)
  return new Promise((resolve) => {
    const received: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port) })
    const giveUp = setTimeout(() => {
      resolve(undefined)
      socket.destroy()
    }, timeoutMs)
    const hangUp = setTimeout(() => socket.end(), PATIENCE_MS)
    socket.on('data', (chunk: Buffer) => {
      hangUp.refresh()
      received.push(chunk)
    })
    // Whoever sends rubbish may be cut at any moment.
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(giveUp)
      clearTimeout(hangUp)
      resolve(Buffer.concat(received).toString('latin1'))
    })
    socket.write(Buffer.concat([request.subarray(0, lineEnd), authorization, request.subarray(lineEnd)]))
  })
}
