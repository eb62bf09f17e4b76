import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { until } from './scratch.ts'

const MODULE = fileURLToPath(new URL('../stop-request.ts', import.meta.url))

function listener(t: Test) {
  const program = `
    import { onStopRequest } from ${JSON.stringify(MODULE)}
    onStopRequest({ first: () => process.stdout.write('first '), again: () => process.stdout.write('again ') })
    process.on('disconnect', () => process.stdout.write('alone '))
    setInterval(() => {}, 1000)
    process.stdout.write('up ')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  return { child, said: () => said, says: (words: string) => until(words, () => said === words) }
}

t.test('one press of Ctrl-C that arrives three times is one wish', async (t) => {
  const { child, says, said } = listener(t)
  await says('up ')
  for (let count = 0; count < 3; count += 1) child.kill('SIGINT')
  await says('up first ')
  const later = performance.now() + 600
  await until('the second press', () => performance.now() > later)
  t.equal(said(), 'up first ')
  child.kill('SIGINT')
  await says('up first again ')
})

t.test('the death of whoever started it is a first wish, and never a second', async (t) => {
  const orphan = listener(t)
  await orphan.says('up ')
  orphan.child.disconnect()
  await orphan.says('up first alone ')

  const signalled = listener(t)
  await signalled.says('up ')
  signalled.child.kill('SIGTERM')
  await signalled.says('up first ')
  const later = performance.now() + 600
  await until('more time than one press takes', () => performance.now() > later)
  signalled.child.disconnect()
  await signalled.says('up first alone ')
  t.equal(signalled.said(), 'up first alone ')
})
