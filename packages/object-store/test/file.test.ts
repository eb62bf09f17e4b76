import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createFileStore, createObjectStore } from '../src/index.ts'
import { keysOf, pattern, read, rejection, repeated, streamOf, TYPE } from './bodies.ts'
import { objectStoreContract } from './contract.ts'

const MIB = 1024 ** 2
const run = promisify(execFile)

async function makeFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tt-store-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

objectStoreContract(t, 'file', async (t) => createFileStore(await makeFolder(t)))

t.test('an object is a plain file of that name, and nothing else is left', async (t) => {
  const root = join(await makeFolder(t), 'made/by the store')
  const store = await createObjectStore(`file://${encodeURI(root)}`)
  const data = pattern(100_000)
  await store.put('a/b', streamOf(data), { bytes: data.length, contentType: TYPE })
  await rejection(store.put('c', streamOf(data), { bytes: 1, contentType: TYPE }))
  await rejection(store.put('d', repeated(MIB), { bytes: MIB + 1, contentType: TYPE }))
  t.ok((await readFile(join(root, 'a/b'))).equals(data))
  t.strictSame((await readdir(root, { recursive: true })).sort(), ['.tmp', 'a', 'a/b'])
  store.close()
})

t.test('folders go with their last object', async (t) => {
  const root = await makeFolder(t)
  const store = await createFileStore(root)
  const put = (key: string) => store.put(key, Buffer.from('x'), { bytes: 1, contentType: TYPE })
  for (const key of ['a/b/c/1', 'a/b/c/2', 'a/d', 'e/f/g']) await put(key)
  await mkdir(join(root, 'a/b/left/empty'), { recursive: true })
  await store.delete('a/b/c/1')
  t.ok((await readdir(join(root, 'a/b'))).includes('c'))
  t.equal(await store.deletePrefix('a/b'), 1)
  t.strictSame(await readdir(join(root, 'a')), ['d'])
  await store.delete('e/f/g')
  t.strictSame((await readdir(root)).sort(), ['.tmp', 'a'])
  t.equal(await store.deletePrefix('a/'), 1)
  t.strictSame(await readdir(root), ['.tmp'], 'the root stays')
})

t.test('unfinished uploads of dead processes are removed a day later', async (t) => {
  const root = await makeFolder(t)
  await mkdir(join(root, '.tmp'))
  const now = Date.now() / 1000
  for (const [name, ageSeconds] of [
    ['old', 25 * 3600],
    ['young', 23 * 3600],
  ] as const) {
    await writeFile(join(root, '.tmp', name), 'x')
    await utimes(join(root, '.tmp', name), now - ageSeconds, now - ageSeconds)
  }
  const store = await createFileStore(root)
  t.strictSame(await readdir(join(root, '.tmp')), ['young'])
  t.strictSame(await keysOf(store, ''), [], 'they are no objects')
})

t.test('a key that is the folder of another is refused', async (t) => {
  const root = await makeFolder(t)
  const store = await createFileStore(root)
  const put = (key: string) => store.put(key, Buffer.from(key), { bytes: key.length, contentType: TYPE })
  await put('a/b')
  t.match(await rejection(put('a')), TypeError)
  t.match(await rejection(put('a/b/c')), TypeError)
  t.match(await rejection(put('a/b/c/d')), TypeError)
  t.equal(String(await read(store, 'a/b')), 'a/b')
  t.strictSame(await readdir(join(root, '.tmp')), [])
})

t.test('a disk that fails is StoreUnavailable', async (t) => {
  const fault = { name: 'StoreUnavailable', code: 'TT_STORE_UNAVAILABLE' }
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'file'), 'x')
  t.match(await rejection(createFileStore(join(folder, 'file'))), fault, 'the root is a file')

  const store = await createFileStore(join(folder, 'root'))
  await store.put('a', repeated(MIB), { bytes: MIB, contentType: TYPE })
  const got = await store.get('a')
  if (!got) throw new Error('the object is not there')
  await once(got.body, 'readable')
  await truncate(join(folder, 'root/a'), 1000)
  const failed = once(got.body, 'error')
  got.body.resume()
  t.match((await failed)[0], fault, 'a file that is cut while it is read')

  await rm(join(folder, 'root'), { recursive: true })
  const body = streamOf(pattern(10))
  const error = await rejection(store.put('b', body, { bytes: 10, contentType: TYPE }))
  t.match(error, { ...fault, cause: { code: 'ENOENT' } }, 'a root that went away is not made again')
  t.notMatch(error.message, folder, 'the message names no path')
  t.ok(body.destroyed)
  t.match(await rejection(store.ping()), fault)
  t.equal(await store.head('a'), undefined)
})

t.test('a disk that takes no more bytes is StoreUnavailable and leaves nothing', async (t) => {
  const root = await makeFolder(t)
  // A process that may write 512 KiB a file (ulimit counts KiB) meets the same error path as a full disk.
  const script = `
    import { createFileStore } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    const store = await createFileStore(process.argv[1])
    const data = Buffer.alloc(${MIB})
    const error = await store.put('a', data, { bytes: data.length, contentType: 'x/y' }).catch((error) => error)
    console.log(JSON.stringify({ name: error?.name, cause: error?.cause?.code }))
  `
  // The test runner's own hooks in a child would take the signal that comes with the error.
  const command = 'unset NODE_OPTIONS; ulimit -f 512 && exec "$0" --input-type=module --eval "$1" "$2"'
  const { stdout } = await run('bash', ['-c', command, process.execPath, script, root])
  t.strictSame(JSON.parse(stdout), { name: 'StoreUnavailable', cause: 'EFBIG' })
  t.strictSame(await readdir(root, { recursive: true }), ['.tmp'])
})

t.test('a folder signs no URLs', async (t) => {
  const store = await createFileStore(await makeFolder(t))
  t.equal(await store.presignGet('a', { expiresInSeconds: 60 }), undefined)
  t.equal(await store.presignPost('a', { expiresInSeconds: 60, contentType: TYPE, maxBytes: 1 }), undefined)
})
