import t, { type Test } from 'tap'
import { keepRunning } from '../../start/keep-running.ts'
import { startChild } from '../../stores/child.ts'
import { processStart } from '../../stores/process-identity.ts'
import { scratchFolder, until } from '../scratch.ts'

const IDLE = 'setInterval(() => {}, 1000)'

function starter(t: Test, programs: string[]) {
  const runDir = scratchFolder(t)
  const pids: number[] = []
  const start = async () => {
    const program = programs[Math.min(pids.length, programs.length - 1)] ?? ''
    const args = ['-e', program]
    const child = await startChild({
      name: 'it',
      command: process.execPath,
      args,
      runDir,
      output: { onLine() {} },
    })
    pids.push(child.pid)
    t.teardown(() => child.kill())
    return child
  }
  return { start, pids }
}

t.test('one that ends by itself is started again, with a delay that grows and is said', async (t) => {
  const { start, pids } = starter(t, ['process.exit(7)', 'process.exit(8)', IDLE])
  const said: string[] = []
  const kept = keepRunning('it', await start(), start, (line) => said.push(line))
  await until('the third start', () => pids.length === 3)
  await kept.stop()
  t.match(said, [
    'it ended unexpectedly (exit code 7); it starts again in 0.5 s',
    'it started again',
    'it ended unexpectedly (exit code 8); it starts again in 1 s',
    'it started again',
  ])
  t.equal(processStart(pids[2] ?? 0), undefined, 'it was stopped')
})

t.test('one that is stopped stays stopped', async (t) => {
  for (const how of ['stop', 'kill'] as const) {
    const { start, pids } = starter(t, [IDLE])
    const said: string[] = []
    const kept = keepRunning('it', await start(), start, (line) => said.push(line))
    await kept[how]()
    t.equal(pids.length, 1)
    t.same(said, [])
  }
})

t.test('a start that fails is said and tried again', async (t) => {
  const { start, pids } = starter(t, ['process.exit(1)', IDLE])
  const said: string[] = []
  let failures = 1
  const again = () => (failures-- > 0 ? Promise.reject(new Error('the port is taken')) : start())
  const kept = keepRunning('it', await start(), again, (line) => said.push(line))
  await until('the second start', () => pids.length === 2)
  await kept.stop()
  t.ok(said.includes('it does not start: the port is taken'))
})
