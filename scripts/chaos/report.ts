import { markdownColumns, textColumns } from '../columns.ts'
import type { FaultResult } from './try-fault.ts'

const HEAD = [
  'fault',
  'requests',
  'accepted uploads',
  'refused cleanly',
  'cut off',
  'lost',
  'serves again after (s)',
  'all settled after (s)',
]

/** The results as a table for a terminal or, for the guide, of Markdown. */
export function table(results: readonly FaultResult[], format: 'text' | 'markdown'): string {
  const rows = [HEAD, ...results.map(cellsOf)]
  return format === 'markdown' ? markdownColumns(rows) : textColumns(rows)
}

function cellsOf({ fault, requests, accepted, refused, cut, lost, ...result }: FaultResult): string[] {
  const counts = [requests, accepted, refused, cut, lost].map(String)
  return [fault, ...counts, seconds(result.recoveredSeconds), seconds(result.settledSeconds)]
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'never' : value.toFixed(1)
}
