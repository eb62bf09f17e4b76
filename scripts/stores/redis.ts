import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { lastLines, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { keptPassword } from './kept-password.ts'
import { redisBinary } from './redis-binary.ts'
import type { Store } from './store.ts'

export interface RedisOptions {
  /** Made when it is not there, with mode 0700. */
  dataDir: string
  /** Default: a free one. */
  port?: number
  /** Its log. Default: `redis.log` in the data folder. */
  log?: string
  /** Keeps nothing on disk. */
  ephemeral?: boolean
  /** Where its process is written down. Default: `run` in the data folder. */
  runDir?: string
  /** Told when a package has to be installed first. Default: nobody is. */
  say?: (line: string) => void
}

export interface Redis extends Store {
  readonly url: string
}

const READY_TIMEOUT_MS = 60_000

/**
 * Starts Redis (or Valkey) on 127.0.0.1 behind a password and waits until it
 * answers, its data loaded.
 * @throws one sentence when there is no server to start, and the end of the log when it does not come up.
 */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const { dataDir, log = join(dataDir, 'redis.log'), runDir = join(dataDir, 'run') } = options
  const binary = await redisBinary(options.say ?? (() => {}))
  const port = options.port ?? (await freePort())
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const password = keptPassword(dataDir)
  const config = join(dataDir, 'redis.conf')
  writeFileSync(config, configText({ ...options, port, password }), { mode: 0o600 })

  const child = await startChild({
    name: 'redis',
    command: binary.path,
    argv0: binary.argv0,
    args: [config],
    marker: config,
    runDir,
    output: { file: log },
  })
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (child.running() && !(await answersPing(port, password))) {
    if (Date.now() > deadline) await child.kill()
    await delay(20)
  }
  if (!child.running()) throw new Error(`Redis did not start. ${lastLines(log)}`)
  return {
    // The user is named since redis-cli takes an empty name literally.
    url: `redis://default:${password}@127.0.0.1:${port}`,
    port,
    pid: child.pid,
    exited: child.exited,
    stop: async () => void (await child.stop()),
    kill: async () => void (await child.kill()),
  }
}

/** In a file of mode 0600 rather than on the command line, which every user of the machine can read. */
function configText(options: RedisOptions & { port: number; password: string }): string {
  return [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(options.dataDir)}`,
    'daemonize no',
    'supervised no',
    'set-proc-title no',
    'maxmemory-policy noeviction',
    'save ""',
    `appendonly ${options.ephemeral ? 'no' : 'yes'}`,
    'appendfsync everysec',
    '',
  ].join('\n')
}

/** Redis answers `+PONG` once its data is loaded, and `-LOADING` before. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 })
    let said = ''
    socket.setEncoding('utf8').on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`))
    socket.on('data', (text) => {
      said += text
      if (said.split('\r\n').length > 2) socket.destroy()
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => socket.destroy()) // not listening yet: asked again
    socket.on('close', () => resolve(said.includes('+PONG')))
  })
}
