export interface TestCounts {
  passed: number
  failed: number
  skipped: number
}

/** `# { total: 8, pass: 5, fail: 2, skip: 1 }`, a test process's last word. */
const TOTALS = /^# \{ (.*) \}$/
/** Lines that say that something went well. */
const UNEVENTFUL = /^\s*(ok \d|# Subtest: |\d+\.\.\d+|# time=|TAP version|$)/
/** What a test says by `comment`: it stands in its own, and not at the top. */
const COMMENT = /^\s+# (?!Subtest: )/
const SKIPPED = / # (SKIP|TODO)/i

/** What a test process counted, in its output. `undefined` when it ended before it counted anything. */
export function countsOf(lines: string[]): TestCounts | undefined {
  const text = lines.map((line) => TOTALS.exec(line)?.[1]).findLast((totals) => totals !== undefined)
  if (text === undefined) return undefined
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(text)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** The lines worth a look: all that did not pass, or, of a process that did well, what it skipped and what it tells of its own. */
export function eventfulLines(lines: string[], succeeded: boolean): string[] {
  return lines.filter(
    (line) => SKIPPED.test(line) || (succeeded ? COMMENT.test(line) : !UNEVENTFUL.test(line)),
  )
}
