import t from 'tap'
import { createTapReport } from '../../check/tap-report.ts'

const OUTPUT = `TAP version 14
1..2
# Subtest: a/one.test.ts
    # Subtest: adds
        ok 1 - should be equal
        1..1
    ok 1 - adds # time=3.8ms

    ok 2 - later # SKIP no reason
    1..2
ok 1 - a/one.test.ts # time=1021.7ms

# Subtest: b/two.test.ts
    # Subtest: fails
        ok 1 - fine
        not ok 2 - should be equal
          ---
          diff: |
            -3
          ...
        1..2
    not ok 1 - fails # time=15.6ms
    1..1
not ok 2 - b/two.test.ts # time=22.6ms

# No coverage generated
# { total: 8, pass: 5, fail: 2, skip: 1 }
# time=1009.2ms`

t.test('a line for each file, what failed in full, and the counts', async (t) => {
  const said: string[] = []
  const report = createTapReport((line) => said.push(line))
  t.equal(report.counts(), undefined)
  for (const line of OUTPUT.split('\n')) report.onLine(line)
  t.same(report.counts(), { passed: 5, failed: 2, skipped: 1 })
  t.same(
    said.map((line) => line.trim()),
    [
      'ok   a/one.test.ts (1.0 s)',
      'ok 2 - later # SKIP no reason',
      'FAILED b/two.test.ts (0.0 s)',
      'not ok 2 - should be equal',
      '---',
      'diff: |',
      '-3',
      '...',
      'not ok 1 - fails # time=15.6ms',
    ],
  )
})
