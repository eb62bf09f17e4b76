import type { TestCounts } from './tap-output.ts'

export interface StepResult {
  name: string
  outcome: 'passed' | 'failed' | 'not run'
  seconds: number
}

/** Remembers how each step of a run went. */
export interface Results {
  /** Runs a step, timed. Never rejects: a step that throws has failed, and its words are said. */
  step(name: string, work: () => Promise<void>): Promise<boolean>
  notRun(name: string): void
  count(counts: TestCounts): void
  anyFailed(): boolean
  /** The table of all steps, then `N passed, N failed` as the last line. */
  report(): string
}

export function createResults(say: (line: string) => void): Results {
  const steps: StepResult[] = []
  let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 }

  const failedSteps = () => steps.filter(({ outcome }) => outcome === 'failed').length
  return {
    async step(name, work) {
      const startedAt = performance.now()
      const error = await work().then(
        () => undefined,
        (reason: unknown) => reason ?? 'failed',
      )
      const seconds = (performance.now() - startedAt) / 1000
      const outcome = error === undefined ? 'passed' : 'failed'
      steps.push({ name, outcome, seconds })
      if (error !== undefined) say(`${name}: ${error instanceof Error ? error.message : error}`)
      else say(`${name}: passed`)
      return error === undefined
    },
    notRun: (name) => steps.push({ name, outcome: 'not run', seconds: 0 }),
    count(tests) {
      counts = tests
    },
    anyFailed: () => failedSteps() > 0,
    report() {
      // Tests that failed are counted one by one; any other step that failed counts once.
      const failedTests = steps.some(({ name, outcome }) => name === 'tests' && outcome === 'failed')
      const others = failedSteps() - (failedTests ? 1 : 0)
      const failed = others + (failedTests ? Math.max(counts.failed, 1) : 0)
      const width = Math.max(...steps.map(({ name }) => name.length), 0)
      const rows = steps.map(
        ({ name, outcome, seconds }) =>
          `  ${name.padEnd(width)}  ${outcome.padEnd(7)}  ${seconds.toFixed(1).padStart(7)} s`,
      )
      const skipped = counts.skipped === 0 ? [] : [`${counts.skipped} skipped: see above`]
      return ['', ...rows, '', ...skipped, `${counts.passed} passed, ${failed} failed`].join('\n')
    },
  }
}
