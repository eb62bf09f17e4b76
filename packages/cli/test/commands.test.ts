import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createUser, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { openTerminal, sharedStack, signedIn } from './terminal.ts'

const stack = await sharedStack()
const picture = await photo({ width: 80, height: 60 })

t.test('sign in, see who it is, sign out', async (t) => {
  const terminal = await signedIn(t)
  const { user } = terminal
  const servers = join(terminal.env.XDG_CONFIG_HOME ?? '', 'tintype/servers')
  const [file = ''] = await readdir(servers)
  t.equal((await stat(join(servers, file))).mode & 0o777, 0o600)
  t.match(await terminal.run(['whoami']), { exitCode: 0, stdout: new RegExp(`user +${user.username}\n`) })
  const { json } = await terminal.run(['whoami', '--json'])
  t.match(json, [{ username: user.username, tier: { name: 'Enterprise' } }])
  t.match(await terminal.run(['logout']), { exitCode: 0 })
  t.strictSame(await readdir(servers), [])
  t.match(await terminal.run(['whoami']), { exitCode: 3, stderr: /tintype login/ })
  t.match(await terminal.run(['logout']), { exitCode: 3 })
})

t.test('an exit code says what went wrong', async (t) => {
  const terminal = await openTerminal(t)
  t.match(await terminal.run(['whoami']), { exitCode: 2, stderr: /Which server\?/ })
  t.match(await terminal.run(['frobnicate']), { exitCode: 2, stderr: /unknown command/ })
  t.match(await terminal.run(['upload']), { exitCode: 2, stderr: /missing required argument/ })
  t.match(await terminal.run(['upload', 'a', '-c', '99']), { exitCode: 2 })
  t.match(await terminal.run(['login', 'not a url']), { exitCode: 2 })
  t.match(await terminal.run(['login', stack.url, '-u', 'nobody', '--password-stdin'], { stdin: 'wrong' }), {
    exitCode: 3,
  })
  t.match(await terminal.run(['login', stack.url]), { exitCode: 2, stderr: /nobody to ask/ })

  const withKey = await openTerminal(t, { TINTYPE_URL: stack.url, TINTYPE_API_KEY: 'ttk_wrong' })
  t.match(await withKey.run(['ls']), { exitCode: 3 })
  const user = await signedIn(t)
  t.match(await user.run(['get', crypto.randomUUID()]), { exitCode: 1, stderr: /there is no such image/ })
  t.match(await user.run(['rm', crypto.randomUUID()]), { exitCode: 1, stderr: /there is no such image/ })
  t.match(await user.run(['admin', 'users']), { exitCode: 1, stderr: /role/ })
})

t.test('upload, list, fetch, share, pack and delete', async (t) => {
  const terminal = await signedIn(t)
  await writeFile(join(terminal.folder, 'mill.jpg'), picture)
  const uploaded = await terminal.run(['upload', '--wait', '--title', 'The mill', '--json', 'mill.jpg'])
  t.match(uploaded, { exitCode: 0, json: [{ status: 'uploaded', state: 'ready', id: String }] })
  const id = String(uploaded.json[0]?.id)

  t.match(await terminal.run(['ls']), {
    exitCode: 0,
    stdout: new RegExp(`^ID +NAME .*\n${id}  The mill  jpeg +80×60 .* ready `),
  })
  t.match((await terminal.run(['ls', '--json', '--state', 'ready'])).json, [{ id, title: 'The mill' }])
  t.strictSame((await terminal.run(['ls', '--json', '-q', 'wheel'])).json, [])

  t.match(await terminal.run(['get', id, '-o', 'fetched.jpg']), { exitCode: 0, stdout: /fetched\.jpg\n$/ })
  t.ok(picture.equals(await readFile(join(terminal.folder, 'fetched.jpg'))))
  t.match(await terminal.run(['get', id]), { exitCode: 1, stderr: /mill\.jpg is there already/ })
  t.match(await terminal.run(['get', id, '--force']), { exitCode: 0 })
  t.match(await terminal.run(['get', '-', '-r', 'h200', '-o', 'small.jpg'], { stdin: `${id}\n` }), {
    exitCode: 0,
  })
  t.match(await terminal.run(['get', id, '-r', 'huge']), { exitCode: 2, stderr: /original, h200/ })

  const link = await terminal.run(['link', id, '--target', 'h200', '--expires', '10m'])
  t.equal((await fetch(link.stdout.trim())).status, 200)
  t.equal((await terminal.run(['link', id, '--list', '--json'])).json.length, 1)
  t.match(await terminal.run(['link', id, '--revoke']), { exitCode: 0 })
  t.equal((await fetch(link.stdout.trim())).status, 404)

  t.match(await terminal.run(['archive', '--all', '-o', 'all.zip']), { exitCode: 0, stdout: /all\.zip\n$/ })
  t.equal((await readFile(join(terminal.folder, 'all.zip'))).subarray(0, 2).toString(), 'PK')
  t.match(await terminal.run(['archive']), { exitCode: 2 })
  t.strictSame(
    (await readdir(terminal.folder)).sort(),
    ['all.zip', 'fetched.jpg', 'mill.jpg', 'small.jpg'],
    'and no part of a file is left',
  )
  t.match(await terminal.run(['rm', id]), { exitCode: 0 })
  t.strictSame((await terminal.run(['ls', '--json'])).json, [])
})

t.test('administrators administer', async (t) => {
  const terminal = await openTerminal(t, { TINTYPE_URL: stack.url })
  const { username, password } = stack.admin
  t.match(await terminal.run(['login', '-u', username, '--password-stdin'], { stdin: password }), {
    exitCode: 0,
  })
  const name = `miller-${crypto.randomUUID().slice(0, 8)}`
  const add = ['admin', 'users', 'add', name, '--tier', 'Basic', '--password-stdin', '--json']
  t.match(await terminal.run(add, { stdin: 'correct horse battery' }), {
    json: [{ username: name, role: 'user' }],
  })
  t.match(await terminal.run(['admin', 'users', 'set', name, '--tier', 'Premium', '--disable']), {
    exitCode: 0,
    stdout: /tier +Premium\nstate +disabled\n/,
  })
  t.match(await terminal.run(['admin', 'users', '-q', name]), {
    exitCode: 0,
    stdout: /user +Premium +0 +0 B +disabled/,
  })
  t.match(await terminal.run(['admin', 'users', 'set', 'nobody-at-all', '--enable']), { exitCode: 1 })
  t.match(await terminal.run(['admin', 'tiers']), { exitCode: 0, stdout: /Basic \(default\) +200 +no/ })
  t.match(await terminal.run(['admin', 'reconcile', 'Basic', '--wait']), {
    exitCode: 0,
    stdout: /Basic +(none|done)/,
  })
  t.match(await terminal.run(['admin', 'reconcile', 'None']), { exitCode: 1, stderr: /no tier «None»/ })
  // Announced and not there yet: it counts in a quota, and is no picture.
  const { client } = await createUser(await stack.signInAsAdmin(), { tier: 'basic' })
  const announced = { filename: 'a.jpg', bytes: 1000, contentType: 'image/jpeg' }
  t.equal((await client.post('/v1/uploads', announced)).status, 201)
  const { json } = await terminal.run(['admin', 'verify', '--json'])
  t.match(json, [
    { check: 'users', ok: true },
    { check: 'usage', ok: true },
    { check: 'images', ok: true },
    { check: 'waiting', ok: true },
    {},
  ])
})

t.test('an administrator compares the store, and has it mended', async (t) => {
  // One thumbnail, and nothing that is made after it.
  const owner = await signedIn(t, 'Basic')
  await writeFile(join(owner.folder, 'mill.jpg'), picture)
  const { json } = await owner.run(['upload', '--wait', '--json', 'mill.jpg'])
  const id = String(json[0]?.id)
  const renditions = join(fileURLToPath(stack.storeUrl), 'renditions', id)
  await rm(renditions, { recursive: true })

  const terminal = await openTerminal(t, { TINTYPE_URL: stack.url })
  const { username, password } = stack.admin
  await terminal.run(['login', '-u', username, '--password-stdin'], { stdin: password })
  const found = await terminal.run(['admin', 'verify', '--store', '--json'])
  t.equal(found.exitCode, 1)
  t.match(
    found.json.filter(({ finding }) => String(finding).includes(id)).map(({ check }) => check),
    ['finding'],
  )
  const mended = await terminal.run(['admin', 'verify', '--repair', '--json'])
  t.match(mended, { exitCode: 1, stderr: /pictures compared/ })
  t.match(
    mended.json.findLast(({ finding }) => String(finding).includes(id)),
    { check: 'mended', ok: true },
  )
  await poll(async () => (await readdir(renditions).catch(() => [])).length === 1, {
    waitingFor: 'them to be made',
  })
  const sound = await terminal.run(['admin', 'verify', '--hash', '--json'])
  t.match(
    sound.json.find(({ check }) => check === 'store'),
    { ok: true, finding: /hashed: 0 findings, 0 mended$/ },
  )
  t.match(await owner.run(['admin', 'verify', '--repair']), { exitCode: 1, stderr: /role/ })
})

t.test('all that is kept of somebody is fetched, and they are deleted', async (t) => {
  const owner = await signedIn(t)
  const { username } = owner.user
  t.match(await owner.run(['export', '-o', 'mine.zip']), { exitCode: 0, stdout: /mine\.zip\n$/ })
  const terminal = await openTerminal(t, { TINTYPE_URL: stack.url })
  await terminal.run(['login', '-u', stack.admin.username, '--password-stdin'], {
    stdin: stack.admin.password,
  })
  t.match(await terminal.run(['admin', 'users', 'export', username, '-o', 'theirs.zip']), { exitCode: 0 })
  const files = [join(owner.folder, 'mine.zip'), join(terminal.folder, 'theirs.zip')]
  for (const file of files) t.ok((await readFile(file)).includes(username))
  t.match(await terminal.run(['admin', 'users', 'rm', username]), { exitCode: 0, stdout: / deleted\n$/ })
  t.match(await terminal.run(['admin', 'users', 'rm', username]), { exitCode: 1, stderr: /no user/ })
  t.match(await owner.run(['whoami']), { exitCode: 3 })
})
