export interface TestCounts {
  passed: number
  failed: number
  skipped: number
}

export interface TapReport {
  onLine(line: string): void
  /** What tap counted. `undefined` when it ended before it counted anything. */
  counts(): TestCounts | undefined
}

/** `# { total: 8, pass: 5, fail: 2, skip: 1 }`, tap's last word. */
const TOTALS = /^# \{ (.*) \}$/
/** A test file's result: `not ok 2 - packages/domain/test/ids.test.ts # time=31.564ms`. */
const RESULT = /^(ok|not ok) \d+ - (.*?)(?: # time=([\d.]+)ms)?$/
/** Lines of a file's block that say that something went well. */
const UNEVENTFUL = /^\s*(ok \d|# Subtest: |\d+\.\.\d+|# time=|$)/

/**
 * Reads the output of `tap run --reporter=tap` as it comes: a line for each
 * test file, and for one that failed everything in it that did not pass.
 * @param nameOf what a file is called in those lines.
 */
export function createTapReport(
  say: (line: string) => void,
  nameOf: (file: string) => string = (file) => file,
): TapReport {
  let block: string[] = []
  let counts: TestCounts | undefined

  return {
    onLine(line) {
      const result = RESULT.exec(line)
      const totals = TOTALS.exec(line)
      if (totals !== null) counts = countsOf(totals[1] ?? '')
      if (result === null) {
        block.push(line)
        return
      }
      const [, outcome, path = '', ms] = result
      const time = ms === undefined ? '' : ` (${(Number(ms) / 1000).toFixed(1)} s)`
      say(`${outcome === 'ok' ? '  ok  ' : 'FAILED'} ${nameOf(path)}${time}`)
      const skipped = block.filter((one) => / # (SKIP|TODO)/i.test(one))
      const shown =
        outcome === 'ok' ? skipped : block.filter((one) => !UNEVENTFUL.test(one) || skipped.includes(one))
      for (const one of shown) say(one)
      block = []
    },
    counts: () => counts,
  }
}

function countsOf(text: string): TestCounts {
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(text)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}
