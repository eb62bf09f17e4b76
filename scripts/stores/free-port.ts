import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { isErrno } from './process-identity.ts'

/** A port that is held until `release`, so that two launchers do not choose the same one. */
export interface HeldPort {
  port: number
  release(): Promise<void>
}

/**
 * Linux hands out 32768 and up to outgoing connections by itself
 * (ip_local_port_range), so a port below cannot be lost to one of them between
 * the choice and the use.
 */
const PRIVATE_PORTS = { from: 20_000, below: 32_768 }

/** A port on 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(PRIVATE_PORTS.from, PRIVATE_PORTS.below)
    const held = await holdPort(port)
    if (held === undefined) continue
    await held.release()
    return port
  }
  throw new Error('no port from 20000 to 32767 is free')
}

/** The first port from `from` upwards that can be listened on. */
export async function holdFirstFree(from: number, host?: string): Promise<HeldPort> {
  for (let port = from; port < Math.min(from + 500, 65_536); port += 1) {
    const held = await holdPort(port, host)
    if (held !== undefined) return held
  }
  throw new Error(`no port from ${from} upwards is free`)
}

/**
 * Listens on a port of `host` and of both loopback addresses, which are what
 * `localhost` may mean. @returns nothing when any of them is taken.
 */
export async function holdPort(port: number, host = '127.0.0.1'): Promise<HeldPort | undefined> {
  const servers: Server[] = []
  const release = async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
  for (const address of addressesOf(host)) {
    const outcome = await listen(port, address)
    if (outcome === 'taken') {
      await release()
      return undefined
    }
    if (outcome !== 'no such address') servers.push(outcome)
  }
  return { port, release }
}

/** A wildcard holds the loopback address of its family already. */
function addressesOf(host: string): Set<string> {
  if (host === '::') return new Set(['::'])
  if (host === '0.0.0.0') return new Set(['0.0.0.0', '::1'])
  if (host === 'localhost') return new Set(['127.0.0.1', '::1'])
  return new Set(['127.0.0.1', '::1', host])
}

function listen(port: number, host: string): Promise<Server | 'taken' | 'no such address'> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => {
      if (isErrno(error, 'EADDRINUSE')) resolve('taken')
      else if (host === '::1' && (isErrno(error, 'EADDRNOTAVAIL') || isErrno(error, 'EAFNOSUPPORT')))
        resolve('no such address')
      else reject(error)
    })
    server.listen({ port, host, ipv6Only: host === '::1' }, () => resolve(server))
  })
}
