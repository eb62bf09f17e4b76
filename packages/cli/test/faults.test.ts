import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTestFolder, type Scope } from '@tintype/testkit'
import t from 'tap'
import { keepTokens, readTokens } from '../src/config.ts'
import { findFiles } from '../src/files.ts'
import { openTerminal } from './terminal.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown

const json =
  (body: object, status = 200): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
      .end(JSON.stringify(body))

/** A terminal of somebody with a server that answers as told, for what a real one does seldom. */
async function openBefore(t: Scope, answers: Record<string, Answer>) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`
    seen.push(what)
    request.resume().once('end', () => {
      const fallback = json({ code: 'TT_NOT_FOUND', message: 'There is no such thing.' }, 404)
      const answer = answers[what] ?? fallback
      answer(response, request)
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const TINTYPE_URL = `http://127.0.0.1:${port}`
  return { seen, ...(await openTerminal(t, { TINTYPE_URL, TINTYPE_TOKEN: 'token' })) }
}

const me = { 'GET /v1/me': json({ id: 'me' }) }

t.test('a server that a proxy says is away is not reached', async (t) => {
  for (const status of [502, 503, 504]) {
    const { run } = await openBefore(t, { 'GET /v1/me': json({}, status) })
    t.match(await run(['whoami']), { exitCode: 5 })
  }
})

t.test('Ctrl-C ends what waits for the server, or for standard input', async (t) => {
  const stop = new AbortController()
  const { run } = await openBefore(t, {
    'GET /v1/images?limit=20': () => stop.abort(new Error('interrupted')),
  })
  t.match(await run(['ls'], { signal: stop.signal }), { exitCode: 130, stderr: '' })

  const asked = new AbortController()
  const stdin = new Readable({ read: () => asked.abort(new Error('interrupted')) })
  t.match(await run(['rm', '-'], { signal: asked.signal, stdin }), { exitCode: 130, stderr: '' })
})

t.test('nothing that the server says commands the terminal', async (t) => {
  const refusal = json({ code: 'TT_SOME', message: 'no\u001b]0;mine\u0007' }, 403)
  const { run, folder } = await openBefore(t, {
    ...me,
    'POST /v1/images': refusal,
    'GET /v1/images/one/original': refusal,
  })
  await writeFile(join(folder, 'a.jpg'), 'a')
  for (const command of [
    ['upload', 'a.jpg'],
    ['get', 'one'],
  ]) {
    const { stderr } = await run(command)
    t.match(stderr, /no�\]0;mine�/)
    t.notOk(stderr.includes('\u001b'))
  }
})

t.test('what is fetched is put where nothing is, and whole or not at all', async (t) => {
  const name = `${'n'.repeat(246)}.jpg`
  const file =
    (bytes: number): Answer =>
    (response) => {
      response.writeHead(200, {
        'content-length': bytes,
        'content-disposition': `attachment; filename="${name}"`,
      })
      response.write('picture', () => (bytes > 7 ? response.destroy() : response.end()))
    }
  const { run, folder } = await openBefore(t, {
    'GET /v1/images/one/original': file(7),
    'GET /v1/images/cut/original': file(70),
  })
  t.match(await run(['get', 'cut']), { exitCode: 1 })
  t.strictSame(await readdir(folder), [])
  t.match(await run(['get', 'one']), { exitCode: 0 })
  t.strictSame(await readdir(folder), [name])
  await writeFile(join(folder, 'mine.jpg'), 'mine')
  t.match(await run(['get', 'one', '-o', 'mine.jpg']), { exitCode: 1, stderr: /is there already/ })
  t.equal(await readFile(join(folder, 'mine.jpg'), 'utf8'), 'mine')
  t.match(await run(['get', 'one', '-o', 'mine.jpg', '--force']), { exitCode: 0 })
  t.equal(await readFile(join(folder, 'mine.jpg'), 'utf8'), 'picture')
  t.match(await run(['get', 'one', 'cut', '-f', '-o', 'mine.jpg']), { exitCode: 2, stderr: /no folder/ })
  t.strictSame((await readdir(folder)).sort(), ['mine.jpg', name])
})

t.test('a pipe is written to, and what a link leads to: neither is replaced', async (t) => {
  const picture: Answer = (response) => response.writeHead(200, { 'content-length': 7 }).end('picture')
  const { run, folder } = await openBefore(t, { 'GET /v1/images/one/original': picture })
  await writeFile(join(folder, 'real.jpg'), 'before')
  await symlink('real.jpg', join(folder, 'link.jpg'))
  t.match(await run(['get', 'one', '-f', '-o', 'link.jpg']), { exitCode: 0 })
  t.ok((await lstat(join(folder, 'link.jpg'))).isSymbolicLink())
  t.equal(await readFile(join(folder, 'real.jpg'), 'utf8'), 'picture')

  const pipe = join(folder, 'pipe')
  await promisify(execFile)('mkfifo', [pipe])
  const read = readFile(pipe, 'utf8')
  t.match(await run(['get', 'one', '-f', '-o', 'pipe']), { exitCode: 0 })
  t.equal(await read, 'picture')
  t.ok((await lstat(pipe)).isFIFO())
})

t.test('options that mean nothing are not understood', async (t) => {
  const { run, seen } = await openBefore(t, {})
  t.match(await run(['upload', '']), { exitCode: 2, stderr: /is empty/ })
  t.match(await run(['ls', '--server', 'ftp://somewhere']), { exitCode: 2, stderr: /no address of a server/ })
  t.match(await run(['link', 'one', '--max-uses', 'abc']), { exitCode: 2 })
  t.match(await run(['get', 'one', '-r', 'huge']), { exitCode: 2 })
  t.strictSame(seen, [])
})

t.test('an image that is kept is told of, whatever becomes of it', async (t) => {
  const image = { id: 'one', state: 'pending' }
  const failed = { id: 'one', state: 'failed', error: { code: 'TT_SOME', message: 'It is damaged.' } }
  const accepted = { ...me, 'POST /v1/images': json({ items: [{ image }] }, 202) }
  const { run, folder } = await openBefore(t, { ...accepted, 'GET /v1/images/one': json(failed) })
  await writeFile(join(folder, 'a.jpg'), 'a')
  t.match(await run(['upload', '--wait', '--json', 'a.jpg']), {
    exitCode: 1,
    json: [{ id: 'one', status: 'failed', error: { code: 'TT_SOME' } }],
  })
  const over = await openBefore(t, { ...accepted, 'GET /v1/images/one': json({}, 401) })
  await writeFile(join(over.folder, 'a.jpg'), 'a')
  t.match(await over.run(['upload', '--wait', '--json', 'a.jpg']), { exitCode: 3, json: [{ id: 'one' }] })
})

t.test('what --again began goes on without it', async (t) => {
  const stop = new AbortController()
  const { run, folder } = await openBefore(t, {
    ...me,
    'POST /v1/images': () => stop.abort(new Error('interrupted')),
  })
  await writeFile(join(folder, 'a.jpg'), 'a')
  t.match(await run(['upload', '--again', 'a.jpg'], { signal: stop.signal }), {
    exitCode: 130,
    stderr: /The same command without --again goes on\.\n$/,
  })
})

t.test('a large file that may not be sent now goes on where it stopped', async (t) => {
  const answers: Record<string, Answer> = {
    ...me,
    'POST /v1/tus': (response) => response.writeHead(201, { location: '/v1/tus/begun' }).end(),
    'PATCH /v1/tus/begun': json({ code: 'TT_SOME', message: 'Not now.' }, 403),
  }
  const { run, folder, seen } = await openBefore(t, answers)
  const bytes = 8 * 1024 * 1024
  await writeFile(join(folder, 'large.jpg'), Buffer.alloc(bytes))
  t.match(await run(['upload', 'large.jpg']), { exitCode: 1, stderr: /Not now/ })
  const done = { 'upload-offset': bytes, 'upload-length': bytes, 'tintype-image-id': 'one' }
  answers['HEAD /v1/tus/begun'] = (response) => response.writeHead(200, done).end()
  answers['GET /v1/images/one'] = json({ id: 'one', state: 'ready' })
  t.match(await run(['upload', 'large.jpg', '--quiet']), { exitCode: 0, stdout: 'one\n' })
  t.equal(seen.filter((what) => what === 'POST /v1/tus').length, 1)
})

t.test('links to files are files, and links to folders are not followed', async (t) => {
  const cwd = await createTestFolder(t)
  const elsewhere = await createTestFolder(t)
  await writeFile(join(elsewhere, 'real.jpg'), 'real')
  await symlink(join(elsewhere, 'real.jpg'), join(cwd, 'a.jpg'))
  await symlink(elsewhere, join(cwd, 'b.jpg'))
  await symlink(join(elsewhere, 'gone.jpg'), join(cwd, 'c.jpg'))
  const found = await findFiles(['.'], { cwd, recursive: true, all: false })
  t.match(found, [
    { outcome: 'file', path: join(cwd, 'a.jpg'), bytes: 4 },
    { outcome: 'unreadable', path: join(cwd, 'c.jpg'), reason: /ENOENT/ },
  ])
  t.equal(found.length, 2)
})

t.test('sessions at several servers are kept side by side', async (t) => {
  const XDG_CONFIG_HOME = await createTestFolder(t)
  const { stdin, stdout, stderr } = process
  const io = {
    stdin,
    stdout,
    stderr,
    env: { XDG_CONFIG_HOME },
    cwd: '/',
    signal: new AbortController().signal,
  }
  const urls = Array.from({ length: 8 }, (_, index) => `http://server-${index}`)
  await Promise.all(urls.map((url) => keepTokens(io, url, { accessToken: url })))
  for (const url of urls) t.match(await readTokens(io, url), { accessToken: url })
  await keepTokens(io, urls[0] ?? '', undefined)
  t.equal(await readTokens(io, urls[0] ?? ''), undefined)
})

t.test('a command whose reader leaves has not done what it was to do', async (t) => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'complete', '--', 'rm', '--'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.destroy()
  const [exitCode] = await once(child, 'exit')
  t.equal(exitCode, 141, 'as of any program that SIGPIPE ends')
})
