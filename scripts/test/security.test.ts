import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../environment.ts'

const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
/** `| 6.2.1 | 1 | met | how | shown by |`; several numbers where nothing is there to meet them with. */
const ROW = /^\| (\d+\.\d+[^|]*) \| ([12]) \| (met|partly|none|\*\*not met\*\*) \| ([^|]+) \| ([^|]*) \|$/

const rows = text.split('\n').flatMap((line) => {
  const [, number = '', , state = '', , shownBy = ''] = ROW.exec(line) ?? []
  return number === ''
    ? []
    : [{ number, state, tests: [...shownBy.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '') }]
})

t.test('the tests that SECURITY.md names are there', async (t) => {
  t.ok(rows.length > 100)
  t.equal(rows.length, text.split('\n').filter((line) => /^\| \d/.test(line)).length, 'every row is read')
  for (const { number, tests } of rows) {
    for (const path of tests) {
      t.match(path, /\.test\.ts$/, number)
      t.ok(statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile(), `${number}: ${path}`)
    }
  }
})

t.test('each requirement has one row, and one that is not met claims no test', async (t) => {
  const numbers = rows.flatMap(({ number }) => number.split(', '))
  t.equal(new Set(numbers).size, numbers.length)
  for (const { number, tests } of rows.filter(({ state }) => state === '**not met**')) {
    t.strictSame(tests, [], number)
  }
})
