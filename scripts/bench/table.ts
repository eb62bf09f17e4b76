import { markdownColumns, textColumns } from '../columns.ts'
import type { Result } from './results.ts'
import type { Spread } from './statistics.ts'

const HEAD = ['bench', 'ours', 'beside', 'unit', 'ratio', 'goal', '', '']

/** The results as a table for a terminal. */
export function textTable(results: readonly Result[]): string {
  return textColumns([HEAD, ...results.map(cellsOf)])
}

/** The results as the table of the README. */
export function markdownTable(results: readonly Result[]): string {
  return markdownColumns([HEAD, ...results.map(cellsOf)])
}

function cellsOf({ name, ours, beside, unit, ratio, goal, held, note }: Result): string[] {
  return [
    name,
    describeSpread(ours),
    beside ? describeSpread(beside) : '',
    unit,
    ratio === undefined ? '' : formatNumber(ratio),
    goal ?? '',
    held === undefined ? '' : held ? 'held' : 'missed',
    note ?? '',
  ]
}

/** `41.2 (39.8–42)`; the range is left out where there was one measurement. */
function describeSpread({ median, min, max }: Spread): string {
  return min === max
    ? formatNumber(median)
    : `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`
}

/** Three digits that count, but none of a whole number lost. Close to 1 it is the distance from it that counts. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value))
  if (value > 0.99 && value < 1) return value.toFixed(4)
  return String(Number(value.toPrecision(3)))
}
