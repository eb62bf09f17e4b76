import { createServer, connect as openSocket, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { freePort } from '@tintype/scripts/stores'
import type { Scope } from './scope.ts'

export interface TcpProxy {
  /** The target's URL with the proxy's address in it. */
  readonly url: string
  /** The target is gone: connections are reset, new ones refused. */
  cut(): Promise<void>
  /** The target hangs: connections stand still, new ones are accepted and never answered. */
  blackhole(): Promise<void>
  /** The target is far away or overworked: each piece of a connection, either way, goes on so much later. */
  delay(ms: number): void
  /** Connections do not last: each is reset when it has carried more bytes than `limit` said at its first. */
  breakAfter(limit: () => number): void
  /** What is said to the target is answered with this text, and the connection ended; those that were open are reset. */
  answer(text: string): void
  /** All is well again. Connections that stood still go on. */
  restore(): Promise<void>
  /** Has new connections go to another server, as a balancer does when one of its own is gone. */
  forwardTo(targetUrl: string): void
}

/** What is wrong at present with what a connection carries. */
interface Faults {
  delayMs: number
  limit: (() => number) | undefined
  answer: string | undefined
}

const DEFAULT_PORTS: Record<string, number> = { 'postgres:': 5432, 'redis:': 6379, 'http:': 80, 's3:': 80 }

/** A TCP proxy in front of a server, which makes it go away, hang or fail without touching it. */
export async function startTcpProxy(t: Scope, targetUrl: string): Promise<TcpProxy> {
  let target = new URL(targetUrl)
  const port = await freePort()
  const connections = new Set<Connection>()
  const faults: Faults = { delayMs: 0, limit: undefined, answer: undefined }
  let hanging = false
  let server: Server | undefined

  async function listen(): Promise<void> {
    if (server !== undefined) return
    const listening = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
      const connectFar = () =>
        openSocket({ host: target.hostname, port: portOf(target), allowHalfOpen: true })
      const connection =
        faults.answer === undefined ? forward(near, connectFar, faults) : answerWith(near, faults.answer)
      connections.add(connection)
      near.once('close', () => connections.delete(connection))
      if (!hanging) connection.resume()
    })
    server = listening
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(port, '127.0.0.1', resolve)
    })
  }

  async function cut(): Promise<void> {
    const listening = server
    server = undefined
    for (const connection of connections) connection.reset()
    await new Promise((resolve) => (listening === undefined ? resolve(undefined) : listening.close(resolve)))
  }

  await listen()
  t.teardown(cut)
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    cut,
    async blackhole() {
      hanging = true
      for (const connection of connections) connection.pause()
      await listen()
    },
    delay(ms) {
      faults.delayMs = ms
    },
    breakAfter(limit) {
      faults.limit = limit
    },
    answer(text) {
      faults.answer = text
      for (const connection of connections) connection.reset()
    },
    async restore() {
      hanging = false
      Object.assign(faults, { delayMs: 0, limit: undefined, answer: undefined })
      for (const connection of connections) connection.resume()
      await listen()
    },
    forwardTo(targetUrl) {
      target = new URL(targetUrl)
    },
  }
}

/**
 * Ends a connection as a fault does, with a reset. One that is being ended in
 * order cannot be reset any more, and Node 24 leaves it open for ever when asked to.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

function portOf({ port, protocol }: URL): number {
  return Number(port || DEFAULT_PORTS[protocol])
}

interface Connection {
  pause(): void
  resume(): void
  reset(): void
}

function forward(near: Socket, connectFar: () => Socket, faults: Faults): Connection {
  let far: Socket | undefined
  let isFlowing = false
  let carriedBytes = 0
  let limitBytes: number | undefined

  function reset(): void {
    resetSocket(near)
    if (far !== undefined) resetSocket(far)
  }

  /** One direction, with the faults of the moment. */
  function carrier(): Transform {
    return new Transform({
      transform(piece: Buffer, _encoding, pass) {
        carriedBytes += piece.length
        limitBytes ??= faults.limit?.()
        if (faults.limit !== undefined && carriedBytes > Number(limitBytes)) reset()
        else if (faults.delayMs === 0) pass(null, piece)
        else setTimeout(pass, faults.delayMs, null, piece)
      },
    })
  }
  const [there, back] = [carrier(), carrier()]

  // An error of either side is the end of both, as it is without a proxy between.
  near.on('error', reset)
  near.on('close', () => far?.destroy())
  back.pipe(near)
  return {
    reset,
    pause() {
      isFlowing = false
      near.unpipe()
      near.pause()
      far?.unpipe()
      far?.pause()
    },
    resume() {
      // What is piped twice is sent twice.
      if (isFlowing) return
      isFlowing = true
      if (far === undefined) {
        far = connectFar().on('error', reset)
        there.pipe(far)
      }
      near.pipe(there)
      far.pipe(back)
    },
  }
}

function answerWith(near: Socket, text: string): Connection {
  near.on('error', () => near.destroy())
  near.once('data', () => near.end(text))
  return {
    reset: () => resetSocket(near),
    pause: () => near.pause(),
    resume: () => near.resume(),
  }
}
