import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { poll } from '@tintype/testkit'
import t, { type Test } from 'tap'
import type { Line } from './fixtures.ts'

async function start(t: Test, mode: string) {
  const child = fork(fileURLToPath(new URL('lifecycle-process.ts', import.meta.url)), [mode], {
    silent: true,
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: Line[] = []
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line))
  }
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  await once(child, 'message')
  return { child, lines, exited, said: () => lines.map((line) => line.msg) }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends everything, what was begun last first`, async (t) => {
    const { child, exited, said } = await start(t, 'orderly')
    child.kill(signal)
    t.strictSame(await exited, { code: 0, signal: null })
    t.strictSame(said(), ['stopping', 'intake ended', 'workers ended', 'store ended'])
  })
}

t.test('a step that fails is logged and keeps no other from ending', async (t) => {
  const { child, exited, lines, said } = await start(t, 'throws')
  child.kill('SIGTERM')
  t.strictSame(await exited, { code: 0, signal: null })
  t.match(said(), ['stopping', 'intake ended', /could not be ended/, 'store ended', /could not be ended/])
  t.match(lines[2], { step: 'workers', err: { message: 'workers fault' } })
})

t.test('a second signal ends it at once', async (t) => {
  const { child, exited, said } = await start(t, 'waits')
  child.kill('SIGTERM')
  await poll(() => said().includes('intake ended'))
  child.kill('SIGINT')
  t.strictSame(await exited, { code: 1, signal: null })
  t.match(said().at(-1), /stopping at once/)
})

t.test('a step that hangs is given up', async (t) => {
  const { child, exited, said } = await start(t, 'hangs')
  child.kill('SIGTERM')
  t.strictSame(await exited, { code: 1, signal: null })
  t.equal(said().at(-1), 'did not stop in time')
})

for (const [mode, fault] of [
  ['uncaught', 'uncaughtException'],
  ['rejection', 'unhandledRejection'],
] as const) {
  t.test(`an ${fault} is logged and ends it in order, with a fault`, async (t) => {
    const { child, exited, lines, said } = await start(t, mode)
    child.send('now')
    t.strictSame(await exited, { code: 1, signal: null })
    t.strictSame(said(), [fault, 'stopping', 'intake ended', 'workers ended', 'store ended'])
    t.match(lines[0], { level: 60, err: { message: 'nobody caught it' } })
  })
}

t.test('stopped twice, everything ends once', async (t) => {
  const { child, said } = await start(t, 'stops-twice')
  child.send('now')
  await poll(() => said().includes('both'))
  t.strictSame(said(), ['intake ended', 'workers ended', 'store ended', 'both'])
})
