import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runChild, startChild } from '../../stores/child.ts'
import { processStart } from '../../stores/process-identity.ts'
import { scratchFolder, until } from '../scratch.ts'

const STUBBORN =
  "process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1000)"
const PARENT = `
  const { spawn } = require('node:child_process')
  console.log(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).pid)
  setInterval(() => {}, 1000)`

t.test('one that does not end when asked is killed after its grace', async (t) => {
  const lines: string[] = []
  const child = await start(scratchFolder(t), STUBBORN, lines)
  await until('its start', () => lines.includes('up'))
  const exit = await child.stop(300)
  t.match(exit, { code: null, signal: 'SIGKILL' })
  t.ok(lines.includes('no'), 'it was asked first')
  t.equal(child.running(), false)
})

t.test('its own children go with it', async (t) => {
  for (const how of ['stop', 'kill'] as const) {
    const lines: string[] = []
    const child = await start(scratchFolder(t), PARENT, lines)
    const grandchild = Number(await until('its child', () => lines[0]))
    t.ok(processStart(grandchild))
    await child[how]()
    await until('its end', () => processStart(grandchild) === undefined)
  }
})

t.test('it is written down while it runs', async (t) => {
  const runDir = scratchFolder(t)
  const child = await start(runDir, STUBBORN, [])
  const [name = ''] = readdirSync(runDir)
  t.match(JSON.parse(readFileSync(join(runDir, name), 'utf8')), {
    pid: child.pid,
    startedAt: processStart(child.pid),
  })
  await child.kill()
  t.same(readdirSync(runDir), [])
})

t.test('a command that fails is told with its words', async (t) => {
  const args = ['-e', "console.error('it is broken'); process.exit(3)"]
  const attempt = runChild({ name: 'tool', command: process.execPath, args, runDir: scratchFolder(t) })
  await t.rejects(attempt, { message: /tool ended with 3: it is broken/ })
})

t.test('a command that is not there is an error', async (t) => {
  const options = {
    name: 'tool',
    command: join(scratchFolder(t), 'none'),
    args: [],
    runDir: scratchFolder(t),
  }
  await t.rejects(runChild(options), { code: 'ENOENT' })
})

function start(runDir: string, program: string, lines: string[]) {
  const output = { onLine: (line: string) => lines.push(line) }
  return startChild({ name: 'node', command: process.execPath, args: ['-e', program], runDir, output })
}
