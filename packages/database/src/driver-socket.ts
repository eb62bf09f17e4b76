import { Socket } from 'node:net'

/** What the driver asks for a socket with: hosts and ports that it would try in turn, or the path of a local one. */
export interface DriverAddress {
  host: string[]
  port: number[]
  path: string | false | undefined
}

/**
 * Makes the driver's sockets, so that no query waits for ever (without TLS:
 * with it, the driver puts a socket of its own on top).
 *
 * @param silenceTimeoutMs after how long without a byte a socket is closed: a
 * server or a network that falls silent ends nothing by itself.
 */
export function createDriverSockets(silenceTimeoutMs: number): (address: DriverAddress) => Socket {
  let opened = 0
  return ({ host, port, path }) => {
    const turn = opened++ % host.length
    const socket = new DriverSocket()
    socket.setTimeout(silenceTimeoutMs, () => socket.destroy())
    if (path) return socket.connect(path)
    return socket.connect({ host: host[turn] ?? 'localhost', port: port[turn] ?? 5432 })
  }
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
