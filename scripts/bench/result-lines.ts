import type { Result } from './results.ts'

interface ResultLine {
  name: string
  ours: number
  beside: number | null
  unit: string
  ratio: number | null
  goal: string | null
  held: boolean | null
  oursRange: [number, number]
  besideRange: [number, number] | null
  note: string | null
}

/** One line of JSON: medians as plain numbers, their ranges apart, null for what there is not. */
export function asJsonLine({ name, unit, ours, beside, ratio, goal, held, note }: Result): string {
  const line: ResultLine = {
    name,
    ours: ours.median,
    beside: beside?.median ?? null,
    unit,
    ratio: ratio ?? null,
    goal: goal ?? null,
    held: held ?? null,
    oursRange: [ours.min, ours.max],
    besideRange: beside ? [beside.min, beside.max] : null,
    note: note ?? null,
  }
  return JSON.stringify(line)
}

/** The results of earlier runs, of what they printed: other lines, such as npm's own, are passed over. */
export function fromJsonLines(text: string): Result[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => asResult(JSON.parse(line) as ResultLine))
}

function asResult({
  name,
  unit,
  ours,
  beside,
  ratio,
  goal,
  held,
  oursRange,
  besideRange,
  note,
}: ResultLine): Result {
  return {
    name,
    unit,
    ours: { median: ours, min: oursRange[0], max: oursRange[1] },
    ...(beside !== null &&
      besideRange && { beside: { median: beside, min: besideRange[0], max: besideRange[1] } }),
    ...(ratio !== null && { ratio }),
    ...(goal !== null && { goal }),
    ...(held !== null && { held }),
    ...(note !== null && { note }),
  }
}
