import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError, EXIT } from './exit.ts'
import { type Io, readText } from './io.ts'

/** Asks a person. @throws CommandError where there is none. */
export async function ask(io: Io, question: string, { hidden = false } = {}): Promise<string> {
  if (io.stdin.isTTY !== true) {
    throw new CommandError(`${question}? There is nobody to ask: give it as an option.`, EXIT.usage)
  }
  io.stderr.write(`${question}: `)
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : io.stderr
  const lines = createInterface({ input: io.stdin, output, terminal: true })
  const interrupted = Promise.withResolvers<never>()
  lines.once('SIGINT', () => interrupted.reject(new CommandError('', EXIT.interrupted)))
  try {
    return await Promise.race([lines.question('', { signal: io.signal }), interrupted.promise])
  } finally {
    lines.close()
    if (hidden) io.stderr.write('\n')
  }
}

/** A password: from standard input, or asked for without showing it. */
export async function readPassword(io: Io, fromStdin: boolean, question = 'Password'): Promise<string> {
  if (!fromStdin) return ask(io, question, { hidden: true })
  return (await readText(io)).replace(/\r?\n$/, '')
}
