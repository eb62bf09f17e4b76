import t from 'tap'
import { createResults } from '../../check/results.ts'

const fail = () => Promise.reject(new Error('it is broken'))
const pass = async () => {}
const lastLine = (text: string) => text.split('\n').at(-1)

t.test('the last line counts tests', async (t) => {
  const results = createResults(() => {})
  t.equal(await results.step('types', pass), true)
  await results.step('tests', pass)
  results.count({ passed: 12, failed: 0, skipped: 0 })
  t.equal(results.anyFailed(), false)
  t.match(results.report(), /types +passed +0\.0 s\n +tests +passed/)
  t.equal(lastLine(results.report()), '12 passed, 0 failed')
})

t.test('a failed step counts, and its words are said', async (t) => {
  const said: string[] = []
  const results = createResults((line) => said.push(line))
  t.equal(await results.step('types', fail), false)
  results.notRun('tests')
  t.equal(results.anyFailed(), true)
  t.same(said, ['types: it is broken'])
  t.match(results.report(), /tests +not run/)
  t.equal(lastLine(results.report()), '0 passed, 1 failed')
})

t.test('failed tests count one by one, and skipped ones are told', async (t) => {
  const results = createResults(() => {})
  await results.step('tests', fail)
  results.count({ passed: 9, failed: 2, skipped: 1 })
  t.match(results.report(), '1 skipped')
  t.equal(lastLine(results.report()), '9 passed, 2 failed')
})

t.test('a test run that breaks down without a failed test is no success', async (t) => {
  const results = createResults(() => {})
  await results.step('tests', fail)
  t.equal(lastLine(results.report()), '0 passed, 1 failed')
})
