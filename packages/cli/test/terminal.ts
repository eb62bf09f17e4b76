import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import {
  createTestFolder,
  createUser,
  type Scope,
  type Stack,
  startStack,
  type TestUser,
} from '@tintype/testkit'
import t from 'tap'
import { run } from '../src/program.ts'

let shared: Promise<Stack> | undefined

/**
 * The product, for all tests in this process: each makes users of its own.
 * It lives to the end of the process, not of the test that asked first.
 */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack(t)
  return shared
}

export interface Outcome {
  exitCode: number
  stdout: string
  stderr: string
  /** Standard output of `--json`. */
  json: Record<string, unknown>[]
}

export interface Terminal {
  /** Where its commands run. */
  folder: string
  env: Record<string, string>
  run(
    args: string[],
    options?: { stdin?: string | Readable; signal?: AbortSignal; onStderr?: (text: string) => void },
  ): Promise<Outcome>
}

/** A shell in a folder of its own, with settings of its own. */
export async function openTerminal(t: Scope, env: Record<string, string> = {}): Promise<Terminal> {
  const home = await createTestFolder(t)
  const folder = await createTestFolder(t)
  const own = { XDG_CONFIG_HOME: join(home, 'config'), XDG_STATE_HOME: join(home, 'state'), ...env }
  return {
    folder,
    env: own,
    async run(args, { stdin = '', signal = new AbortController().signal, onStderr } = {}) {
      const stdout = collect()
      const stderr = collect(onStderr)
      const input = typeof stdin === 'string' ? Readable.from([stdin]) : stdin
      const io = { stdin: input, stdout, stderr, env: own, cwd: folder, signal }
      const exitCode = await run(args, io)
      const text = stdout.text()
      const json = args.includes('--json')
        ? text
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line))
        : []
      return { exitCode, stdout: text, stderr: stderr.text(), json }
    },
  }
}

/** A terminal of somebody who has signed in. */
export async function signedIn(t: Scope, tier = 'Enterprise'): Promise<Terminal & { user: TestUser }> {
  const stack = await sharedStack()
  const user = await createUser(await stack.signInAsAdmin(), { tier })
  const terminal = await openTerminal(t)
  const { exitCode, stderr } = await terminal.run(
    ['login', stack.url, '--username', user.username, '--password-stdin'],
    { stdin: `${user.password}\n` },
  )
  if (exitCode !== 0) throw new Error(stderr)
  return { ...terminal, user }
}

function collect(onText?: (text: string) => void): Writable & { text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      onText?.(String(chunk))
      done()
    },
  })
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() })
}
