import type { GlobalOptions } from './connect.ts'
import { type Io, printable, say } from './io.ts'

type Cell = string | number | null | undefined

export interface Column<T> {
  title: string
  of: (item: T) => Cell
  align?: 'right'
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [side + part, side === 'middle' ? '  ' : '']),
  ),
)

/** A table for people, or a JSON object a line for programs. */
export async function printList<T>(
  io: Io,
  { json = false }: GlobalOptions,
  items: Iterable<T> | AsyncIterable<T>,
  columns: Column<T>[],
): Promise<void> {
  if (json) {
    for await (const item of items) say(io.stdout, JSON.stringify(item))
    return
  }
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: columns.map(({ title }) => title.toUpperCase()),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for await (const item of items) table.push(columns.map(({ of }) => printable(String(of(item) ?? '–'))))
  say(io.stdout, table.toString().replaceAll(/ +$/gm, ''))
}

/** One thing: its fields for people, or JSON. */
export function printOne(
  io: Io,
  { json = false }: GlobalOptions,
  item: object,
  fields: Record<string, Cell>,
): void {
  if (json) {
    say(io.stdout, JSON.stringify(item))
    return
  }
  const width = Math.max(...Object.keys(fields).map((name) => name.length))
  for (const [name, value] of Object.entries(fields)) {
    say(io.stdout, `${name.padEnd(width)}  ${printable(String(value ?? '–'))}`)
  }
}

/** Bytes as people say them, in powers of 1024. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(5, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power]}`
}
