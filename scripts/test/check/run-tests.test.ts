import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { runTests } from '../../check/run-tests.ts'
import { scratchFolder } from '../scratch.ts'

const TAP = JSON.stringify(import.meta.resolve('tap'))

t.test('a process a file, and all of them counted', async (t) => {
  const folder = scratchFolder(t)
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), `import t from ${TAP}\n${text}`)
    return join(folder, name)
  }
  const files = [
    write('good.mjs', "t.test('x', async (t) => { t.ok(1); t.ok(1); t.equal(process.env.GIVEN, 'yes') })"),
    write('bad.mjs', "t.test('x', async (t) => { t.ok(0, 'this one'); t.ok(1, 'the other') })"),
    write('dies.mjs', "t.test('x', async (t) => { t.ok(1); process.kill(process.pid, 'SIGKILL') })"),
    write('empty.mjs', ''),
    write('hangs.mjs', "setTimeout(() => {}, 4000); t.test('x', () => new Promise(() => {}))"),
  ]
  const said: string[] = []
  const env = { ...process.env, GIVEN: 'yes' }
  const { counts, failedFiles } = await runTests(files, {
    jobs: 2,
    timeoutMs: 2000,
    env,
    runDir: join(folder, 'run'),
    nameOf: basename,
    say: (line) => said.push(line),
  })
  t.same(failedFiles.map((file) => basename(file)).sort(), ['bad.mjs', 'dies.mjs', 'empty.mjs', 'hangs.mjs'])
  t.equal(counts.passed, 4)
  t.ok(counts.failed >= 2, 'the bad one, and the one that hangs')
  const text = said.join('\n')
  for (const words of ['  ok   good.mjs', 'FAILED bad.mjs', 'this one', 'ended with SIGKILL', 'timeout']) {
    t.match(text, words)
  }
  t.notMatch(text, 'ok 2 - the other')
})
