// In a process of its own: it starts the whole product.

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import t from 'tap'
import { until } from '../scratch.ts'
import { childrenOf, dataFolder, isRunning, type Launcher, launch } from './launcher.ts'

const CHILDREN = 5 // PostgreSQL, Redis, gateway, worker, links

t.test('the whole product, from nothing, over a killed launcher, to an orderly end', async (t) => {
  const dataDir = dataFolder(t)
  const first = launch(t, dataDir)
  const origin = await first.ready()

  await t.test('a first start shows a picture and how to put in another', async (t) => {
    t.equal(statSync(dataDir).mode & 0o777, 0o700)
    t.equal((await fetch(`${origin}/readyz`)).status, 200)
    const picture = await fetch(lineAfter(first, 'Sample').split(' ')[0] ?? '')
    t.match(picture, { status: 200 })
    t.match(picture.headers.get('content-type'), /^image\//)
    const uploaded = pasteUpload(first)
    t.match(uploaded, { items: [{ status: 'accepted', filename: 'sample.jpg' }] })
  })

  await t.test('a second launcher on the same folder is told of the first', async (t) => {
    const second = launch(t, dataDir)
    t.equal(await second.ended(), 1)
    t.same(second.lines, [`Tintype is running already from this folder (pid ${first.pid}).`])
  })

  await t.test('a service that is killed comes back', async (t) => {
    t.equal(childrenOf(dataDir).length, CHILDREN)
    const worker = await until('the worker', () => childrenOf(dataDir).find(({ name }) => name === 'worker'))
    process.kill(worker.pid, 'SIGKILL')
    await until('the word of it', () => first.lines.includes('worker started again'))
    t.ok(first.lines.some((line) => line.startsWith('worker ended unexpectedly (SIGKILL)')))
    t.equal(childrenOf(dataDir).length, CHILDREN)
  })

  const left = childrenOf(dataDir).map(({ pid }) => pid)
  first.signal('SIGKILL')
  await first.ended()
  t.equal(left.filter(isRunning).length, CHILDREN, 'they outlive their launcher')

  const second = launch(t, dataDir)
  const again = await second.ready()
  await t.test('the next start ends what was left behind, and keeps the data', async (t) => {
    t.ok(second.lines.some((line) => line.startsWith('Ended what an earlier start left behind:')))
    t.same(left.filter(isRunning), [])
    t.equal(lineAfter(second, 'Sign in'), lineAfter(first, 'Sign in'))
    t.notOk(
      second.lines.some((line) => line.includes('Sample')),
      'the sample is put in once',
    )
    t.equal((await listImages(again, second)).length, 2)
  })

  const children = childrenOf(dataDir).map(({ pid }) => pid)
  second.signal('SIGTERM')
  t.equal(await second.ended(), 0)
  t.same(children.filter(isRunning), [], 'nothing is left running')

  await t.test('a copy of the stopped folder is a backup', async (t) => {
    const copy = dataFolder(t)
    // As deploy/backup.md says.
    execFileSync('cp', ['-a', dataDir, copy])
    const third = launch(t, copy)
    const restored = await third.ready()
    const images = await listImages(restored, third)
    t.equal(images.length, 2)
    for (const { original, bytes } of images) {
      const answer = await fetch(original.url, { headers: await signedIn(restored, third) })
      t.equal((await answer.arrayBuffer()).byteLength, bytes)
    }
    third.signal('SIGTERM')
    t.equal(await third.ended(), 0)
  })
})

/** What stands behind a word of the summary. */
function lineAfter(launcher: Launcher, word: string): string {
  const line = launcher.lines.find((one) => one.trim().startsWith(word))
  if (line === undefined) throw new Error(`no line begins with ${word}:\n${launcher.lines.join('\n')}`)
  return line.trim().slice(word.length).trim()
}

/** Runs the two commands of the summary as somebody does who pastes them. */
function pasteUpload(launcher: Launcher): unknown {
  const from = launcher.lines.findIndex((line) => line.startsWith('TOKEN='))
  return JSON.parse(
    execFileSync('sh', ['-c', launcher.lines.slice(from, from + 3).join('\n')], { encoding: 'utf8' }),
  )
}

interface ListedImage {
  bytes: number
  original: { url: string }
}

async function listImages(origin: string, launcher: Launcher): Promise<ListedImage[]> {
  const answer = await fetch(`${origin}/v1/images`, { headers: await signedIn(origin, launcher) })
  return ((await answer.json()) as { items: ListedImage[] }).items
}

async function signedIn(origin: string, launcher: Launcher): Promise<{ authorization: string }> {
  const [username, password] = lineAfter(launcher, 'Sign in').split(', password ')
  const body = JSON.stringify({ username, password })
  const headers = { 'content-type': 'application/json' }
  const login = await fetch(`${origin}/v1/auth/login`, { method: 'POST', body, headers })
  const { accessToken } = (await login.json()) as { accessToken: string }
  return { authorization: `Bearer ${accessToken}` }
}
