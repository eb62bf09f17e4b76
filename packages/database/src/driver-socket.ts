import { Socket } from 'node:net'

/** What the driver asks for a socket with: hosts and ports that it would try in turn, or the path of a local one. */
export interface DriverAddress {
  host: string[]
  port: number[]
  path: string | false | undefined
}

export interface DriverTimeouts {
  /** How long a server has to take a connection, and then again to say its first byte, in milliseconds. */
  connectTimeoutMs: number
  /**
   * After how long without a byte a socket is closed, in milliseconds: a server
   * or a network that falls silent ends nothing by itself.
   */
  silenceTimeoutMs: number
}

/**
 * Makes the driver's sockets, so that no query waits for ever (without TLS:
 * with it, the driver puts a socket of its own on top).
 */
export function createDriverSockets({
  connectTimeoutMs,
  silenceTimeoutMs,
}: DriverTimeouts): (address: DriverAddress) => Socket {
  let opened = 0
  return ({ host, port, path }) => {
    const turn = opened++ % host.length
    const socket = new DriverSocket()
    socket.setTimeout(silenceTimeoutMs, () => socket.destroy())
    expectWithin(connectTimeoutMs, socket, () => !socket.connecting)
    socket.once('connect', () => expectWithin(connectTimeoutMs, socket, () => socket.bytesRead > 0))
    if (path) return socket.connect(path)
    return socket.connect({ host: host[turn] ?? 'localhost', port: port[turn] ?? 5432 })
  }
}

/** Into how many ticks of a timer a wait is parted. */
const TICKS = 10

/**
 * Ends a socket that has not come as far in time. The driver does so too, at
 * its own `connect_timeout`, but takes a process that was busy meanwhile for a
 * server that is away. Here a long turn of the event loop is one tick of ten,
 * and what has arrived is read before the next.
 */
function expectWithin(ms: number, socket: Socket, hasComeSoFar: () => boolean): void {
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
    if (hasComeSoFar()) return clearInterval(timer)
    if (ticks < TICKS) return
    const error = new Error('PostgreSQL did not take a connection in time')
    socket.destroy(Object.assign(error, { code: 'CONNECT_TIMEOUT' }))
  }, ms / TICKS)
  socket.once('close', () => clearInterval(timer))
}

class DriverSocket extends Socket {
  /**
   * A query that comes between a socket's `error` and its `close` is forgotten
   * by the driver (postgres 3.4.9, `closed` in connection.js), which at a
   * `close` after an error takes all for settled. So it never hears of that
   * error there: what was settled already is settled no second time.
   */
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    return event === 'close' ? super.emit('close', false) : super.emit(event, ...values)
  }
}
