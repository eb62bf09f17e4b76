import type { Person } from './load/ledger.ts'
import type { Random } from './random.ts'
import type { Stage } from './stage.ts'

/** What a fault is brought about with. */
export interface Hand {
  stage: Stage
  random: Random
  people: readonly Person[]
  /** Keeps it up for as long as the run says. */
  hold(): Promise<void>
  /** From now on the time to recover counts. */
  healed(): void
  /** Progress, and packages that have to be installed first. */
  say(line: string): void
}

export interface Fault {
  name: string
  /** What breaks, in a sentence. */
  what: string
  /** The kind of store it is about; either unless told. */
  store?: 's3' | 'file'
  /** Whether an answer may end early or not come at all: something that speaks to people, or hands them bytes, dies. */
  mayCut: boolean
  /** Why it cannot be brought about here; undefined where it can. */
  obstacle?(stage: Stage, say: (line: string) => void): Promise<string | undefined>
  run(hand: Hand): Promise<void>
}
