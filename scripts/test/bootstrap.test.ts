import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { processStart } from '../stores/process-identity.ts'
import { scratchFolder, until } from './scratch.ts'

const BOOTSTRAP = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url))

/** Stands for npx: writes its arguments down and lays this very Node where pnpm puts Node 24. */
const NPX = `#!/bin/sh
echo "$@" >> calls.txt
if [ -f broken ]; then echo "the registry is away" >&2; exit 7; fi
mkdir -p node_modules/node/bin && ln -sf '${process.execPath}' node_modules/node/bin/node
`

/** Has a disk take its time between making a file and filling it. */
const SLOW_DISK = `data:text/javascript,${encodeURIComponent(`
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
fs.writeFileSync = (path, text, options) => {
  const file = fs.openSync(path, options?.flag ?? 'w')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  fs.writeSync(file, text)
  fs.closeSync(file)
}
syncBuiltinESMExports()`)}`

/** A checkout with nothing installed, whose `npm start` runs a program of the test's. */
function checkout(t: Test, program: string, nodeOptions: string[] = []) {
  const root = scratchFolder(t)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('package.json', '{"packageManager": "pnpm@1.2.3+sha512.abc"}')
  write('pnpm-lock.yaml', 'one')
  write('pnpm-workspace.yaml', '')
  write('scripts/start/main.ts', program)
  write('bin/npx', NPX)
  chmodSync(join(root, 'bin/npx'), 0o755)
  copyFileSync(BOOTSTRAP, join(root, 'scripts/bootstrap.mjs'))
  const { npm_lifecycle_event: _, ...env } = process.env

  const run = (...args: string[]) => {
    const child = spawn(process.execPath, [...nodeOptions, join(root, 'scripts/bootstrap.mjs'), ...args], {
      env: { ...env, PATH: `${join(root, 'bin')}:${env.PATH}` },
    })
    t.teardown(() => child.kill('SIGKILL'))
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
      })
    }
    return { child, said: () => said, ended: () => until('its end', () => outcome(child)) }
  }
  const calls = () =>
    existsSync(join(root, 'calls.txt')) ? readFileSync(join(root, 'calls.txt'), 'utf8').split('\n') : ['']
  return { root, write, run, installs: () => calls().slice(0, -1) }
}

function outcome(child: ChildProcess): number | NodeJS.Signals | undefined {
  const closed = child.stdout?.closed === true && child.stderr?.closed === true
  return closed ? (child.exitCode ?? child.signalCode ?? undefined) : undefined
}

t.test('installs once, and again when the lock file changes', async (t) => {
  const program =
    "console.log(process.argv.slice(2).join(), process.env.PATH.split(':')[0]); process.exitCode = 5"
  const { root, write, run, installs } = checkout(t, program)
  const first = run('start', 'a', 'b')
  t.equal(await first.ended(), 5, 'the exit code of the program')
  t.match(first.said(), `a,b ${join(root, 'node_modules/.bin')}`)
  t.same(installs(), ['-y pnpm@1.2.3 install --frozen-lockfile --config.confirmModulesPurge=false'])

  const second = run('start')
  t.equal(await second.ended(), 5)
  t.equal(installs().length, 1)
  t.notMatch(second.said(), 'Installing')

  write('pnpm-lock.yaml', 'two')
  t.equal(await run('start').ended(), 5)
  t.equal(installs().length, 2)
})

t.test('two at once install once', async (t) => {
  const { run, installs } = checkout(t, 'process.exitCode = 5', ['--import', SLOW_DISK])
  const both = [run('start'), run('start')]
  t.same(await Promise.all(both.map((one) => one.ended())), [5, 5])
  t.equal(installs().length, 1)
})

t.test('an install that fails shows what it said, and is tried again the next time', async (t) => {
  const { write, run, installs } = checkout(t, '')
  write('broken', '')
  for (const count of [1, 2]) {
    const attempt = run('start')
    t.equal(await attempt.ended(), 1)
    t.match(attempt.said(), 'the registry is away')
    t.equal(installs().length, count)
  }
})

t.test('passes signals on, and its program learns when it is killed', async (t) => {
  const program = `
    process.on('SIGTERM', () => { console.log('asked'); process.exit(3) })
    process.on('disconnect', () => process.exit(4))
    setInterval(() => {}, 1000)
    console.log('up', process.pid)`
  const { run } = checkout(t, program)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const one = run('start')
    const pid = Number(await until('its start', () => /up (\d+)/.exec(one.said())?.[1]))
    one.child.kill(signal)
    t.equal(await one.ended(), signal === 'SIGTERM' ? 3 : 'SIGKILL')
    await until('the end of the program', () => processStart(pid) === undefined)
    t.equal(one.said().includes('asked'), signal === 'SIGTERM')
  }
})

t.test('ends its program, once, when the npm that started it is gone', async (t) => {
  const program = `
    const seen = []
    process.on('SIGTERM', () => seen.push('SIGTERM'))
    process.on('disconnect', () => setTimeout(() => {
      require('node:fs').writeFileSync('seen.txt', ['disconnect', ...seen].join())
      process.exit()
    }, 1200))
    require('node:fs').writeFileSync('up.txt', '')
    setInterval(() => {}, 1000)`
  const { root } = checkout(t, program)
  const env = {
    ...process.env,
    PATH: `${join(root, 'bin')}:${process.env.PATH}`,
    npm_lifecycle_event: 'start',
  }
  const npm = spawn('sh', ['-c', `'${process.execPath}' scripts/bootstrap.mjs start; true`], {
    cwd: root,
    env,
  })
  await until('its start', () => existsSync(join(root, 'up.txt')))
  npm.kill('SIGKILL')
  await until('the end of the program', () => existsSync(join(root, 'seen.txt')))
  t.equal(readFileSync(join(root, 'seen.txt'), 'utf8'), 'disconnect')
})

t.test('says how it is used', async (t) => {
  const { run } = checkout(t, '')
  const wrong = run('stop')
  t.equal(await wrong.ended(), 1)
  t.match(wrong.said(), 'usage:')
})
