import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { pick, pickText } from '../json-value.ts'

/** pino's level numbers. */
const WARN = 40
const LEVELS: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' }
const FILE_LIMIT_BYTES = 20 * 1024 ** 2
/** The same line is shown once in this time: a store that is away makes hundreds of them. */
const REPEAT_MS = 10_000

export interface ServiceLog {
  onLine(line: string, stream: 'stdout' | 'stderr'): void
  close(): void
}

/**
 * Writes what a service prints to its log file, which is put aside as `.1` when
 * it grows past 20 MiB, and shows its warnings, its errors and whatever comes
 * on its standard error as readable lines.
 */
export function openServiceLog(name: string, file: string, say: (line: string) => void): ServiceLog {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  let { stream, bytes } = open(file)
  const shownAt = new Map<string, number>()

  const show = (text: string) => {
    const now = performance.now()
    for (const [line, at] of shownAt) if (now - at > REPEAT_MS) shownAt.delete(line)
    if (shownAt.has(text)) return
    shownAt.set(text, now)
    say(`${name}: ${text}`)
  }
  return {
    onLine(line, from) {
      if (bytes > FILE_LIMIT_BYTES) {
        stream.end()
        renameSync(file, `${file}.1`)
        ;({ stream, bytes } = open(file))
      }
      bytes += Buffer.byteLength(line) + 1
      stream.write(`${line}\n`)
      const text = readable(line) ?? (from === 'stderr' ? line.trim() : '')
      if (text !== '') show(text)
    },
    close: () => stream.end(),
  }
}

function open(file: string): { stream: WriteStream; bytes: number } {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return { stream: createWriteStream(file, { flags: 'a', mode: 0o600 }), bytes }
}

/**
 * A line of pino's as a person reads it: empty when it is below a warning,
 * `undefined` when it is no such line at all.
 */
export function readable(line: string): string | undefined {
  const entry = parse(line)
  const level = pick(entry, 'level')
  if (typeof level !== 'number') return undefined
  if (level < WARN) return ''
  const message = pickText(entry, 'msg') ?? ''
  const cause = pickText(entry, 'err', 'message')
  const words = cause === undefined || message.includes(cause) ? message : `${message} (${cause})`
  return `${LEVELS[level] ?? 'error'}: ${words || line}`
}

function parse(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined // a line of some other form that happens to begin with a brace
  }
}
