import { addAbortSignal, type Readable, type Writable } from 'node:stream'

/** Where a command runs: what it reads, where it writes, what ends it. */
export interface Io {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  env: Record<string, string | undefined>
  cwd: string
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

/** Writes a line. */
export function say(stream: Writable, line: string): void {
  stream.write(`${line}\n`)
}

/** Tells people something, whatever others have put into it. */
export function tell({ stderr }: Pick<Io, 'stderr'>, sentence: string): void {
  say(stderr, printable(sentence))
}

/** What a terminal may be shown of a text that others wrote: control characters could command it. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�')
}

/** What standard input lists: by line, or by NUL as `find -print0` does. */
async function readList(io: Io): Promise<string[]> {
  const text = await readText(io)
  return text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '')
}

/** All of standard input. @throws once Ctrl-C ends the wait for it. */
export async function readText({ stdin, signal }: Io): Promise<string> {
  addAbortSignal(signal, stdin)
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

/** Those that were named, and where one is `-`, those that standard input lists. */
export async function named(io: Io, names: string[]): Promise<string[]> {
  if (!names.includes('-')) return names
  const listed = await readList(io)
  return names.flatMap((name) => (name === '-' ? listed : [name]))
}
