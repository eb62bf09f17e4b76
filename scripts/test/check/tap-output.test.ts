import t from 'tap'
import { countsOf, eventfulLines } from '../../check/tap-output.ts'

const OUTPUT = `TAP version 14
# Subtest: adds
    # 3 and 4 are 7
    ok 1 - should be equal
    1..1
ok 1 - adds # time=3.8ms

ok 2 - later # SKIP no reason
# Subtest: fails
    ok 1 - fine
    not ok 2 - should be equal
      ---
      diff: |
        -3
      ...
    1..2
not ok 3 - fails # time=15.6ms

1..3
# { total: 8, pass: 5, fail: 2, skip: 1 }
# time=1009.2ms`.split('\n')

t.test('the counts, and what is worth a look', async (t) => {
  t.same(countsOf(OUTPUT), { passed: 5, failed: 2, skipped: 1 })
  t.equal(countsOf(OUTPUT.slice(0, -2)), undefined, 'of a process that died')
  t.same(
    eventfulLines(OUTPUT, false).map((line) => line.trim()),
    [
      '# 3 and 4 are 7',
      'ok 2 - later # SKIP no reason',
      'not ok 2 - should be equal',
      '---',
      'diff: |',
      '-3',
      '...',
      'not ok 3 - fails # time=15.6ms',
      '# { total: 8, pass: 5, fail: 2, skip: 1 }',
    ],
  )
  t.same(eventfulLines(OUTPUT, true), ['    # 3 and 4 are 7', 'ok 2 - later # SKIP no reason'])
})
