import { connect, type Socket } from 'node:net'
import type { Scope } from '@tintype/testkit'

export interface RawAnswer<Body = unknown> {
  status: number
  head: string
  /** Its type is the caller's claim. */
  body: Body
}

/** A connection to a server on which a test writes bytes as no HTTP client would. */
export interface RawConnection {
  readonly socket: Socket
  /** Resolves when the bytes are with the operating system. */
  send(bytes: string | Uint8Array): Promise<void>
  /** The first answer that is no `100 Continue`; undefined where the connection ended without one. */
  answer(): Promise<RawAnswer | undefined>
  /** The same. @throws where there is none. */
  answered<Body>(): Promise<RawAnswer<Body>>
}

export async function openConnection(t: Scope, url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  t.teardown(() => socket.destroy())

  let received = Buffer.alloc(0)
  const { promise, resolve } = Promise.withResolvers<RawAnswer | undefined>()
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const answer = parseAnswer(received)
    if (answer !== undefined) resolve(answer)
  })
  socket.on('end', () => resolve(undefined))
  socket.on('error', () => resolve(undefined))
  socket.on('close', () => resolve(undefined))
  return {
    socket,
    send: (bytes) =>
      new Promise((sent, reject) => {
        socket.write(bytes, (error) => (error == null ? sent() : reject(error)))
      }),
    answer: () => promise,
    async answered<Body>() {
      const answer = await promise
      if (answer === undefined) throw new Error('the connection ended without an answer')
      return answer as RawAnswer<Body>
    },
  }
}

function parseAnswer(received: Buffer): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = received.subarray(0, end).toString('latin1')
  const rest = received.subarray(end + 4)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  if (status === 100) return parseAnswer(rest)
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
  if (rest.length < length) return undefined
  const text = rest.subarray(0, length).toString()
  return { status, head, body: text.startsWith('{') ? JSON.parse(text) : text }
}
