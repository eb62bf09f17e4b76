import { fileURLToPath } from 'node:url'
import { type Exit, freePort, startChild } from '@tintype/scripts/stores'
import { createTestFolder, runDirOf } from './folder.ts'
import { leaksIn, secretsOf } from './log-secrets.ts'
import { poll } from './poll.ts'
import type { Scope } from './scope.ts'

export type ServiceName = 'gateway' | 'worker' | 'links'

/** A line of a service's log, as parsed; what is no JSON object is under `text`. */
export type LogLine = Record<string, unknown>

export interface ServiceOptions {
  /** On top of PATH, HOST, PORT, LOG_LEVEL: nothing of the test's own environment reaches the service. */
  env?: Record<string, string>
  /** A free one unless told. */
  port?: number
  /**
   * What to wait for. `ready` (unless told): /readyz answers 200, though it may
   * say «degraded»; `listening`: /healthz answers; `started`: nothing.
   */
  until?: 'ready' | 'listening' | 'started'
  /** 60,000 unless told. */
  timeoutMs?: number
}

export interface Service {
  readonly name: ServiceName
  readonly url: string
  readonly pid: number
  /** Settles when the process has ended, however it came to that. */
  readonly exited: Promise<Exit>
  /** Everything it has written so far, standard error included. */
  readonly logs: readonly LogLine[]
  running(): boolean
  /** Sends a signal (SIGTERM unless told) and does not wait for what comes of it. */
  signal(signal?: NodeJS.Signals): void
  /** Ends it: SIGTERM, or the signal told, and after 20 s SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<Exit>
  /** The first line that fits, among those written already or yet to come. */
  logged(fits: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine>
}

/**
 * Starts a service's own `main.ts` as a process, in an empty folder, and kills
 * it at the end. Nothing of it is imported here: it is known by its environment,
 * its HTTP interface and its log.
 *
 * A log that holds a secret fails the process's tests, whatever they are about.
 *
 * @throws with the end of its log when it ends, or is not there in time.
 */
export async function startService(
  t: Scope,
  name: ServiceName,
  options: ServiceOptions = {},
): Promise<Service> {
  const { until = 'ready', timeoutMs = 60_000 } = options
  const port = options.port ?? (await freePort())
  const cwd = await createTestFolder(t)
  const main = fileURLToPath(new URL(`../../../services/${name}/src/main.ts`, import.meta.url))
  const logs: LogLine[] = []
  const child = await startChild({
    name,
    command: process.execPath,
    args: [main],
    marker: main,
    cwd,
    runDir: cwd,
    ...runDirOf(),
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'debug',
      ...options.env,
    },
    output: { onLine: (line) => logs.push(parseLine(line)) },
  })
  t.teardown(async () => {
    await child.kill()
    const leaks = leaksIn(
      logs.map((line) => JSON.stringify(line)),
      secretsOf(options.env ?? {}),
    )
    if (leaks.length === 0) return
    // Not thrown: the teardowns after it would be left out, and the process go on.
    process.stderr.write([`The log of ${name} holds secrets:`, ...leaks, ''].join('\n'))
    process.exitCode = 1
  })

  const service: Service = {
    name,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    exited: child.exited,
    logs,
    running: child.running,
    signal(signal = 'SIGTERM') {
      if (child.running()) process.kill(child.pid, signal)
    },
    async kill(signal = 'SIGTERM') {
      if (signal === 'SIGKILL') return child.kill()
      if (signal !== 'SIGTERM') service.signal(signal)
      return child.stop()
    },
    logged: (fits, waitMs = 30_000) =>
      poll(() => logs.find(fits), {
        timeoutMs: waitMs,
        waitingFor: `a log line of ${name} that fits ${fits}`,
      }),
  }
  if (until !== 'started') await untilAnswers(service, until === 'ready' ? '/readyz' : '/healthz', timeoutMs)
  return service
}

async function untilAnswers(service: Service, path: string, timeoutMs: number): Promise<void> {
  const answered = poll(
    async () => {
      if (!service.running()) return 'ended'
      const response = await fetch(service.url + path, { signal: AbortSignal.timeout(5000) })
      await response.body?.cancel()
      return response.status === 200 && 'answered'
    },
    { timeoutMs, waitingFor: `${service.name} to answer ${path} with 200` },
  )
  const outcome = await answered.catch((cause: Error) => cause)
  if (outcome === 'answered') return
  const said = service.logs.slice(-20).map((line) => JSON.stringify(line))
  const reason = outcome === 'ended' ? `${service.name} ended at its start` : outcome.message
  throw new Error([`${reason}. Its log ends with:`, ...said].join('\n'))
}

function parseLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as LogLine) : { text }
  } catch {
    return { text }
  }
}
