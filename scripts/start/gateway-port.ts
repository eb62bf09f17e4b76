import { type HeldPort, holdFirstFree, holdPort } from '../stores/free-port.ts'
import { isErrno } from '../stores/process-identity.ts'

const DEFAULT_PORT = 8080

/**
 * The port people reach: the one that PORT asks for, or the first free one from
 * 8080 upwards. It is held until the gateway takes it.
 * @throws one sentence when PORT is no port, is taken, or may not be used.
 */
export async function chooseGatewayPort(asked: string | undefined, host: string): Promise<HeldPort> {
  if (!asked) return holdFirstFree(DEFAULT_PORT, host)
  const port = Number(asked)
  if (!/^\d{1,5}$/.test(asked) || port < 1 || port > 65_535) {
    throw new Error(`PORT is ${asked}: it must be a number from 1 to 65535.`)
  }
  const held = await hold(port, host)
  if (held === undefined) throw new Error(`Port ${port} is taken by another program: set PORT to a free one.`)
  return held
}

async function hold(port: number, host: string): Promise<HeldPort | undefined> {
  try {
    return await holdPort(port, host)
  } catch (error) {
    if (isErrno(error, 'EACCES'))
      throw new Error(`Port ${port} is not allowed to you: set PORT to one above 1023.`)
    if (isErrno(error, 'EADDRNOTAVAIL') || isErrno(error, 'ENOTFOUND'))
      throw new Error(`HOST is ${host}: this machine has no such address.`)
    throw error
  }
}

/** How this machine itself reaches a gateway that listens on `host`. */
export function localOrigin(host: string, port: number): string {
  const anywhere = ['0.0.0.0', '::', '127.0.0.1', 'localhost']
  if (anywhere.includes(host)) return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
