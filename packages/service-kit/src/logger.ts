import { type BaseLogger, type DestinationStream, type Logger, pino, stdSerializers } from 'pino'

export type { Logger }

/** What code that only writes lines needs of a logger: a service's own, or a request's. */
export type Log = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a log must never hold, wherever an object that has it is logged. */
const SECRETS = [
  'password',
  'oldPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'token',
  'secret',
  'authorization',
  'cookie',
]

/** JSON lines, with secrets taken out, on standard output unless told otherwise. */
export function createLogger(
  service: string,
  level: LogLevel,
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  const options = {
    name: service,
    level,
    base: { service },
    serializers: { err: errorForLog },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return pino(options, destination)
}

/**
 * A failed query's own message quotes its parameters, and PostgreSQL's detail
 * the row, hashes of passwords among them. The rest of what PostgreSQL said and
 * the statement without its parameters tell enough.
 */
export function errorForLog(error: unknown): unknown {
  const isQuery = error instanceof Error && 'params' in error && 'query' in error
  if (!isQuery || !(error.cause instanceof Error)) return stdSerializers.err(error as Error)
  return { ...stdSerializers.err(error.cause), detail: undefined, query: error.query }
}

/**
 * A request's path for the log. Tokens of links are capabilities, and query
 * strings may carry signatures: neither belongs in a log.
 */
export function loggedPath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  // The router also takes a whole URL for a path, and decodes `%6C` before it compares.
  // All that follows is dropped: `/l/../l/TOKEN` is a path to a token too.
  return path.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/]*)?\/+(l|%6c)\/.+/i, '/l/[token]')
}
