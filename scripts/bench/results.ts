import { type Spread, spreadOf } from './statistics.ts'

/**
 * What a result is held to. `ratio`: ours divided by what is beside it, medians
 * both; `ours`: the median itself; `difference`: ours less what is beside it.
 */
export type Goal = { of: 'ratio' | 'ours' | 'difference' } & ({ atLeast: number } | { atMost: number })

export interface Result {
  name: string
  unit: string
  ours: Spread
  beside?: Spread
  ratio?: number
  /** As `describeGoal` puts it. */
  goal?: string
  /** Undefined where there is no goal: the figure is there to be known. */
  held?: boolean
  /** What stands beside it, and whatever the figures alone do not say. */
  note?: string
}

export interface Measured {
  name: string
  unit: string
  ours: readonly number[]
  beside?: readonly number[]
  goal?: Goal
  note?: string
}

/** Takes medians, and says whether the goal is held. */
export function resultOf({ name, unit, ours, beside, goal, note }: Measured): Result {
  const own = spreadOf(ours)
  const other = beside && spreadOf(beside)
  const ratio = other && own.median / other.median
  return {
    name,
    unit,
    ours: own,
    ...(other && { beside: other }),
    ...(ratio !== undefined && { ratio }),
    ...(goal && { goal: describeGoal(goal, unit), held: isHeld(goal, own.median, other?.median) }),
    ...(note !== undefined && { note }),
  }
}

function isHeld(goal: Goal, ours: number, beside: number | undefined): boolean {
  const value = valueFor(goal.of, ours, beside)
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}

function valueFor(of: Goal['of'], ours: number, beside: number | undefined): number {
  if (of === 'ours') return ours
  if (beside === undefined) throw new Error(`a goal for the ${of} has nothing beside it`)
  return of === 'ratio' ? ours / beside : ours - beside
}

/** The goal in a few signs, as tables show it: `≥ 0.85 ×`, `≤ 60 ms`, `≤ beside + 80 ms`. */
export function describeGoal(goal: Goal, unit: string): string {
  const [sign, limit] = 'atLeast' in goal ? ['≥', goal.atLeast] : ['≤', goal.atMost]
  switch (goal.of) {
    case 'ratio':
      return `${sign} ${limit} ×`
    case 'ours':
      return `${sign} ${limit} ${unit}`
    case 'difference':
      return limit === 0 ? `${sign} beside` : `${sign} beside + ${limit} ${unit}`
  }
}
