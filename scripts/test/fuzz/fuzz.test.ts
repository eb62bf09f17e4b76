import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseArguments } from '../../fuzz/arguments.ts'
import { describeTimes } from '../../fuzz/figures.ts'
import { keepFinding, readFinding } from '../../fuzz/kept-findings.ts'

t.test('what was found is kept, with the command that tries it again', async (t) => {
  const folder = join(t.testdir(), 'findings')
  const input = Buffer.of(0, 1, 2)
  const command = keepFinding(folder, { kind: 'request', reason: 'it was answered with 500', input })
  const [, path = ''] = /^npm run fuzz -- --replay (.+)$/.exec(command) ?? []
  t.strictSame(readFinding(path), { kind: 'request', input })
  keepFinding(folder, { kind: 'picture', reason: 'decoders died of it', input })
  const lines = readFileSync(join(folder, 'findings.jsonl'), 'utf8').trim().split('\n')
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ kind: 'request' }, { reason: 'decoders died of it' }],
  )
  t.throws(() => readFinding('photo.jpg'), /ends? in \.picture or \.request/)
})

t.test('a run has a seed, its own or the one told', async (t) => {
  t.match(parseArguments([]), { seconds: 60, seed: Number })
  t.match(parseArguments(['--seconds', '5', '--seed', '4294967295']), { seconds: 5, seed: 4294967295 })
  for (const wrong of [
    ['--seconds', '0'],
    ['--seed', '-1'],
    ['--seed', 'x'],
    ['--sede', '1'],
  ]) {
    t.throws(() => parseArguments(wrong), wrong.join(' '))
  }
})

t.test('times are told by their middle and their end', async (t) => {
  t.equal(describeTimes([30, 10, 20]), 'median 20 ms, p99 30 ms, longest 30 ms of 3')
})
