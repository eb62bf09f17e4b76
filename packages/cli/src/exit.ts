import { TintypeError } from '@tintype/sdk'

/** What a shell is told. In the README and at the end of `tintype --help`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  noRoom: 4,
  unreachable: 5,
  interrupted: 130,
  /** As of any program whose reader leaves: 128 and SIGPIPE. */
  unread: 141,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_CODES = `Exit codes:
  0    done
  1    something failed, or some of many did
  2    the command was not understood
  3    not signed in
  4    the quota has no room left
  5    the server cannot be reached
  130  interrupted
  141  nobody reads what it says any more`

/** Ends a command with a sentence for people. */
export class CommandError extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What answers for a server that is away, after all tries. */
const AWAY = new Set([502, 503, 504])

/** What ends everything, not only the file or the image that it came with; undefined where others may go well. */
export function fatalExit(error: unknown): ExitCode | undefined {
  if (!(error instanceof TintypeError)) return undefined
  if (error.statusCode === 401) return EXIT.notSignedIn
  if (error.code === 'TT_QUOTA_EXCEEDED') return EXIT.noRoom
  if (error.code === 'NETWORK' || AWAY.has(error.statusCode ?? 0)) return EXIT.unreachable
  return undefined
}

/** The sentence and the code that a failure ends a command with. */
export function explain(error: unknown): { message: string; exitCode: ExitCode } {
  if (error instanceof CommandError) return error
  const message = error instanceof Error ? error.message : String(error)
  const exitCode = fatalExit(error) ?? EXIT.failed
  if (exitCode === EXIT.notSignedIn) return { exitCode, message: `${message} (tintype login)` }
  return { exitCode, message }
}
