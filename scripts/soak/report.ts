import { formatNumber } from '../bench/table.ts'
import { markdownColumns, textColumns } from '../columns.ts'
import type { Growth } from './growth.ts'
import type { SoakResult } from './soak.ts'

type Columns = (rows: readonly (readonly string[])[]) => string

/** What grew and what came of the overload, as two tables. */
export function report(result: SoakResult, format: 'text' | 'markdown'): string {
  const columns: Columns = format === 'markdown' ? markdownColumns : textColumns
  return `${columns(growthRows(result.growths))}\n\n${columns(overloadRows(result))}`
}

function growthRows(growths: readonly Growth[]): string[][] {
  const head = ['figure', 'after the warm-up', 'at the end', 'highest', 'may be', '']
  return [
    head,
    ...growths.map(({ figure, first, last, highest, allowed, isFlat }) => [
      figure,
      ...[first, last, highest, allowed].map(formatNumber),
      isFlat ? 'flat' : 'grows',
    ]),
  ]
}

function overloadRows({ overload, recoveredSeconds, settledSeconds, notReady }: SoakResult): string[][] {
  const codes = Object.entries(overload.seen).map(([code, count]) => `${code} ${count}`)
  const seconds = (value: number | undefined) => (value === undefined ? 'never' : `${value.toFixed(1)} s`)
  return [
    ['overload', ''],
    ['what it can do', `${formatNumber(overload.capacityPerSecond)} uploads/s`],
    ['what it was sent', `${formatNumber(overload.sentPerSecond)} uploads/s, ${overload.sent} in all`],
    ['accepted', `${overload.accepted}, p99 ${formatNumber(overload.acceptedP99Ms)} ms`],
    [
      'refused cleanly',
      `${overload.refused}, p50 ${formatNumber(overload.refusedP50Ms)} ms, p99 ${formatNumber(overload.refusedP99Ms)} ms`,
    ],
    ['not answered', String(overload.cut)],
    ['codes', codes.join(', ')],
    ['accepted and not ready in the end', String(notReady)],
    ['serves again after', seconds(recoveredSeconds)],
    ['all settled after', seconds(settledSeconds)],
  ]
}
