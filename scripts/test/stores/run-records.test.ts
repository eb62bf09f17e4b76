import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { processStart } from '../../stores/process-identity.ts'
import { endLeftovers } from '../../stores/run-records.ts'
import { scratchFolder, until } from '../scratch.ts'

const CHILD = fileURLToPath(new URL('../../stores/child.ts', import.meta.url))

/** A launcher that starts one child, prints its pid, and is killed. */
async function childOfKilledLauncher(t: Test, runDir: string, program: string): Promise<number> {
  const launcher = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { startChild } = await import(${JSON.stringify(CHILD)})
     const child = await startChild({
       name: 'left', command: process.execPath, args: ['-e', ${JSON.stringify(program)}],
       runDir: ${JSON.stringify(runDir)}, output: { onLine: () => console.log(child.pid) },
     })`,
  ])
  const pid = Number(await firstLine(launcher))
  t.teardown(() => processStart(pid) === undefined || process.kill(-pid, 'SIGKILL'))
  launcher.kill('SIGKILL')
  await until('the end of the launcher', () => launcher.signalCode !== null)
  t.ok(processStart(pid), 'the child outlived its launcher')
  return pid
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
}

t.test('ends what a killed launcher left behind', async (t) => {
  const runDir = scratchFolder(t)
  const pid = await childOfKilledLauncher(t, runDir, "console.log('up'); setInterval(() => {}, 1000)")
  t.same(await endLeftovers(runDir), ['left'])
  t.equal(processStart(pid), undefined)
  t.same(readdirSync(runDir), [], 'the record is gone')
  t.same(await endLeftovers(runDir), [], 'there is nothing to do a second time')
})

t.test('ends one by force that does not listen', async (t) => {
  const runDir = scratchFolder(t)
  const stubborn = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"
  const pid = await childOfKilledLauncher(t, runDir, stubborn)
  t.same(await endLeftovers(runDir, 100), ['left'])
  t.equal(processStart(pid), undefined)
})

t.test('ends the children of one that is gone itself', async (t) => {
  const runDir = scratchFolder(t)
  const marker = join(runDir, 'grandchild.txt')
  const parent = `
    const { spawn } = require('node:child_process')
    const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    require('node:fs').writeFileSync(${JSON.stringify(marker)}, String(pid))
    console.log('up'); setInterval(() => {}, 1000)`
  const pid = await childOfKilledLauncher(t, runDir, parent)
  const grandchild = Number(readFileSync(marker, 'utf8'))
  process.kill(pid, 'SIGKILL')
  await until('the end of the parent', () => processStart(pid) === undefined)
  t.ok(processStart(grandchild))
  t.same(await endLeftovers(runDir), ['left'])
  await until('the end of the grandchild', () => processStart(grandchild) === undefined)
})

t.test('leaves alone a process that only has the same pid', async (t) => {
  for (const change of [{ startedAt: 'some other time' }, { marker: 'some other command' }]) {
    const runDir = scratchFolder(t)
    const pid = await childOfKilledLauncher(t, runDir, "console.log('up'); setInterval(() => {}, 1000)")
    const [name = ''] = readdirSync(runDir)
    const record = JSON.parse(readFileSync(join(runDir, name), 'utf8'))
    writeFileSync(join(runDir, name), JSON.stringify({ ...record, ...change }))
    t.same(await endLeftovers(runDir), [])
    t.ok(processStart(pid))
    process.kill(-pid, 'SIGKILL')
  }
})

t.test('passes over a record that a full disk cut short, or that names nobody', async (t) => {
  const runDir = scratchFolder(t)
  writeFileSync(join(runDir, 'cut-1.json'), '{"pid": 1, "mar')
  writeFileSync(
    join(runDir, 'all-0.json'),
    '{"pid": 0, "name": "", "marker": "", "startedAt": "", "stopSignal": ""}',
  )
  t.same(await endLeftovers(runDir), [])
})

t.test('a folder that is not there has no records', async (t) => {
  t.same(await endLeftovers(join(scratchFolder(t), 'none')), [])
})
