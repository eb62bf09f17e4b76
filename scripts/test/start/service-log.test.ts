import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openServiceLog, readable } from '../../start/service-log.ts'
import { scratchFolder, until } from '../scratch.ts'

t.test('warnings and errors become a line a person reads; the rest does not', async (t) => {
  t.equal(readable('{"level":30,"msg":"listening"}'), '')
  t.equal(readable('{"level":40,"msg":"Redis is away"}'), 'warning: Redis is away')
  t.equal(readable('{"level":50,"msg":"gone","err":{"message":"ECONNRESET"}}'), 'error: gone (ECONNRESET)')
  t.equal(
    readable('{"level":50,"msg":"gone: ECONNRESET","err":{"message":"ECONNRESET"}}'),
    'error: gone: ECONNRESET',
  )
  t.equal(readable('{"level":60,"msg":"over"}'), 'fatal: over')
  t.equal(readable('{"msg":"no level"}'), undefined)
  t.equal(readable('{ a brace'), undefined)
})

t.test('everything is in the file, and what matters on the terminal, once', async (t) => {
  const file = join(scratchFolder(t), 'logs', 'worker.log')
  const said: string[] = []
  const log = openServiceLog('worker', file, (line) => said.push(line))
  const lines = ['{"level":30,"msg":"up"}', '{"level":40,"msg":"slow"}', '{"level":40,"msg":"slow"}', 'plain']
  for (const line of lines) log.onLine(line, 'stdout')
  log.onLine('the configuration is not complete', 'stderr')
  log.close()
  t.same(said, ['worker: warning: slow', 'worker: the configuration is not complete'])
  const expected = [...lines, 'the configuration is not complete', ''].join('\n')
  await until('the file', () => statSync(file, { throwIfNoEntry: false })?.size === expected.length)
  t.equal(readFileSync(file, 'utf8'), expected)
  t.equal(statSync(file).mode & 0o777, 0o600)
})
