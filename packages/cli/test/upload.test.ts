import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { photo } from '@tintype/testkit'
import t from 'tap'
import { sharedStack, signedIn, type Terminal } from './terminal.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** More where somebody asks for it: the count that users are promised is 500. */
const COUNT = Number(process.env.UPLOAD_TEST_COUNT ?? 60)
const stack = await sharedStack()

/** Small pictures, each another one, in a folder and in one in it. */
async function fillFolder({ folder }: Terminal, count: number): Promise<void> {
  await mkdir(join(folder, 'pictures/more'), { recursive: true })
  for (let seed = 1; seed <= count; seed += 1) {
    const bytes = await photo({ width: 24, height: 16, seed })
    await writeFile(join(folder, seed % 2 === 0 ? 'pictures' : 'pictures/more', `${seed}.jpg`), bytes)
  }
}

/** Runs the command as a process, and ends it by a signal once so many files are through. */
async function interrupted(terminal: Terminal, args: string[], signal: NodeJS.Signals, after: number) {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: terminal.folder,
    env: { PATH, NODE_COMPILE_CACHE, ...terminal.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let lines = 0
  child.stderr.on('data', (chunk: Buffer) => {
    lines += String(chunk).split('\n').length - 1
    // Once: who asks twice does not want to wait.
    if (lines >= after && !child.killed) child.kill(signal)
  })
  const [stderr, [exitCode, by]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { stderr, exitCode: exitCode as number | null, by: by as NodeJS.Signals | null }
}

t.test('what was interrupted is gone on with, and nothing is uploaded twice', async (t) => {
  const terminal = await signedIn(t)
  await fillFolder(terminal, COUNT)
  const command = ['upload', '-r', '--wait', 'pictures']
  const killed = await interrupted(terminal, command, 'SIGKILL', COUNT / 4)
  t.equal(killed.by, 'SIGKILL')
  const stopped = await interrupted(terminal, command, 'SIGINT', COUNT / 2)
  t.equal(stopped.exitCode, 130)
  const [, uploaded] =
    /Interrupted: (\d+) of \d+ uploaded\. The same command goes on\.\n$/.exec(stopped.stderr) ?? []
  t.ok(Number(uploaded) >= COUNT / 2 && Number(uploaded) < COUNT, stopped.stderr)

  const done = await terminal.run([...command, '--json'])
  t.equal(done.exitCode, 0, done.stderr)
  t.equal(done.json.length, COUNT)
  t.equal(new Set(done.json.map(({ id }) => id)).size, COUNT)
  const { json: images } = await terminal.run(['ls', '--all', '--json'])
  t.equal(images.length, COUNT, 'as many images as files')
  t.equal(new Set(images.map(({ sha256 }) => sha256)).size, COUNT, 'each file once')
  t.ok(images.every(({ state }) => state === 'ready'))
  t.match((await terminal.run(['whoami', '--json'])).json, [{ usage: { images: COUNT } }])

  const again = await terminal.run([...command])
  t.match(again, {
    exitCode: 0,
    stderr: new RegExp(`^0 uploaded and ready, ${COUNT} there already\\.$`, 'm'),
  })
})

t.test('what was deleted or changed since is uploaded, and everything is with --again', async (t) => {
  const terminal = await signedIn(t)
  await fillFolder(terminal, 2)
  const first = await terminal.run(['upload', '-r', '--quiet', 'pictures'])
  t.match(first, { exitCode: 0, stdout: /^[0-9a-f-]{36}\n[0-9a-f-]{36}\n$/, stderr: '' })
  await terminal.run(['rm', first.stdout.slice(0, 36)])
  await writeFile(join(terminal.folder, 'pictures/3.jpg'), await photo({ width: 24, height: 16, seed: 3 }))
  t.match(await terminal.run(['upload', '-r', 'pictures']), { stderr: /^2 uploaded, 1 there already\.$/m })
  t.match(await terminal.run(['upload', '-r', '--again', 'pictures']), { stderr: /^3 uploaded\.$/m })
  t.match((await terminal.run(['whoami', '--json'])).json, [{ usage: { images: 6 } }])
})

t.test('a file that fails does not keep the others from going', async (t) => {
  const terminal = await signedIn(t)
  await fillFolder(terminal, 2)
  await writeFile(join(terminal.folder, 'pictures/notes.jpg'), 'no picture at all')
  await writeFile(join(terminal.folder, 'pictures/readme.txt'), 'not even by its name')
  const folder = await terminal.run(['upload', '-r', '--json', 'pictures'])
  t.equal(folder.exitCode, 0, 'a folder may hold other things')
  t.strictSame(folder.json.map(({ status }) => status).sort(), ['skipped', 'uploaded', 'uploaded'])

  const listed = ['pictures/2.jpg', 'pictures/notes.jpg', 'pictures/none.jpg', 'pictures'].join('\n')
  const named = await terminal.run(['upload', '--json', '--again', '-'], { stdin: listed })
  t.equal(named.exitCode, 1, 'what was named is wanted')
  t.strictSame(
    named.json.map(({ status, error }) => [status, (error as { code: string } | undefined)?.code]).sort(),
    [
      ['failed', 'FILE'],
      ['failed', 'FILE'],
      ['failed', 'TT_FORMAT_NOT_ACCEPTED'],
      ['uploaded', undefined],
    ],
  )
})

t.test('a quota that is full ends it with a sentence', async (t) => {
  const terminal = await signedIn(t)
  const admin = await stack.signInAsAdmin()
  const name = `tiny-${crypto.randomUUID()}`
  await admin.post('/v1/admin/tiers', { name, quotaImages: 2 })
  await admin.patch(`/v1/admin/users/${terminal.user.id}`, { tier: name })
  await fillFolder(terminal, 5)
  const outcome = await terminal.run(['upload', '-r', '-c', '1', 'pictures'])
  t.match(outcome, {
    exitCode: 4,
    stderr: /2 of 5 uploaded\.\ntintype: There is no room for this file in your quota\.\n$/,
  })
  t.match((await terminal.run(['whoami', '--json'])).json, [{ usage: { images: 2 } }])
})

t.test('a picture that cannot be made is told of', async (t) => {
  const terminal = await signedIn(t)
  const whole = await photo({ width: 300, height: 200 })
  await writeFile(join(terminal.folder, 'cut.jpg'), whole.subarray(0, Math.floor(whole.length / 2)))
  const outcome = await terminal.run(['upload', '--wait', '--json', 'cut.jpg'])
  t.match(outcome, { exitCode: 1, json: [{ status: 'failed', error: { code: /^TT_/ } }] })
  t.match(outcome.stderr, /^failed +.*cut\.jpg: .+$/m)
})

t.test('a server that is away ends it', async (t) => {
  const terminal = await signedIn(t)
  await rm(terminal.env.XDG_CONFIG_HOME ?? '', { recursive: true })
  const env = { TINTYPE_URL: 'http://127.0.0.1:8', TINTYPE_TOKEN: 'token' }
  Object.assign(terminal.env, env)
  const stop = new AbortController()
  const waiting = terminal.run(['whoami'], { signal: stop.signal })
  t.match(await waiting, { exitCode: 5, stderr: /could not be reached/ })
})
