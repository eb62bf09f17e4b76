import type { HttpServerOptions } from '../src/http-server.ts'
import { createHttpServer, createLogger, type HttpServer } from '../src/index.ts'
import type { LogLevel } from '../src/logger.ts'

export type Line = Record<string, unknown>

/** A service's logger whose lines are kept. */
export function recordLog(level: LogLevel = 'debug') {
  const lines: Line[] = []
  const log = createLogger('test', level, { write: (text) => void lines.push(JSON.parse(text) as Line) })
  return { log, lines, text: () => JSON.stringify(lines) }
}

export function createTestServer(
  options: Partial<HttpServerOptions> = {},
): HttpServer & { logged: ReturnType<typeof recordLog> } {
  const logged = recordLog()
  return Object.assign(createHttpServer({ log: logged.log, ...options }), { logged })
}
