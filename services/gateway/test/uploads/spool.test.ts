import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { createTestFolder } from '@tintype/testkit'
import t from 'tap'
import { createSpool, type SpooledFile } from '../../src/uploads/spool.ts'
import { heldFiles } from '../conduct.ts'

const MIB = 1024 ** 2
const chunks = (...sizes: number[]) => Readable.from(sizes.map((size) => randomBytes(size)))

async function received(spool: Awaited<ReturnType<typeof createSpool>>, bytes: number): Promise<SpooledFile> {
  const result = await spool.receive(chunks(bytes), MIB)
  if (result.outcome !== 'received') throw new Error(result.outcome)
  return result.file
}

t.test('what comes in can be read again, in parts and as a whole, more than once', async (t) => {
  const folder = await createTestFolder(t)
  const spool = await createSpool(folder, MIB)
  const content = randomBytes(300_000)
  const stream = Readable.from([
    content.subarray(0, 1),
    content.subarray(1, 200_000),
    content.subarray(200_000),
  ])
  const result = await spool.receive(stream, MIB)
  if (result.outcome !== 'received') return t.fail(result.outcome)
  const { file } = result
  t.equal(file.bytes, content.length)
  t.equal(file.sha256, createHash('sha256').update(content).digest('hex'))
  t.ok((await file.read(199_990, 20)).equals(content.subarray(199_990, 200_010)))
  t.equal((await file.read(content.length - 3, 20)).length, 3, 'past the end there is nothing')
  t.ok((await buffer(file.stream())).equals(content))
  t.ok((await buffer(file.stream())).equals(content), 'a second time')
  t.strictSame(await readdir(folder), [], 'it has no name meanwhile')
  t.equal((await heldFiles(process, folder)).length, 1, 'and is on disk')
  await file[Symbol.asyncDispose]()
  t.strictSame(await heldFiles(process, folder), [], 'its space is freed')
})

t.test('what is refused leaves nothing, and its rest is read', async (t) => {
  const folder = await createTestFolder(t)
  const spool = await createSpool(folder, 1000)
  const CASES: [outcome: string, stream: Readable, maxBytes: number][] = [
    ['empty', Readable.from([]), 100],
    ['too-large', chunks(60, 41, 5000, 5000), 100],
    ['too-large', chunks(101), 100],
    ['received', chunks(100), 100],
    ['spool-full', chunks(600, 401, 5000), 10_000],
  ]
  for (const [outcome, stream, maxBytes] of CASES) {
    const result = await spool.receive(stream, maxBytes)
    t.equal(result.outcome, outcome)
    if (result.outcome === 'received') await result.file[Symbol.asyncDispose]()
    else if (!stream.readableEnded) await finished(stream)
    t.ok(stream.readableEnded, 'read to its end')
  }
  t.strictSame(await heldFiles(process, folder), [])
})

t.test('a stream that fails is told from a disk that does', async (t) => {
  const folder = await createTestFolder(t)
  const spool = await createSpool(folder, 100)
  const broken = new PassThrough()
  broken.write(randomBytes(80))
  const result = spool.receive(broken, MIB)
  const cause = new Error('reset')
  broken.destroy(cause)
  t.match(await result, { outcome: 'broken-off', cause })

  // As some parsers do: the stream tells of an error and stays open.
  const halfDead = new PassThrough()
  const other = spool.receive(halfDead, MIB)
  setImmediate(() => halfDead.emit('error', cause))
  t.match(await other, { outcome: 'broken-off', cause })

  t.equal((await spool.receive(chunks(100), MIB)).outcome, 'received', 'nothing of them is counted')

  const away = await createSpool(join(folder, 'away'), MIB)
  await rm(join(folder, 'away'), { recursive: true })
  await writeFile(join(folder, 'away'), 'in place of the folder')
  const unread = chunks(10, 10)
  await t.rejects(away.receive(unread, MIB), { code: 'ENOTDIR' })
  if (!unread.readableEnded) await finished(unread)
})

t.test('a folder that was cleaned away is made again', async (t) => {
  const folder = join(await createTestFolder(t), 'spool')
  const spool = await createSpool(folder, MIB)
  await rm(folder, { recursive: true })
  await using file = await received(spool, 10)
  t.equal(file.bytes, 10)
})

t.test('the sum is bounded, and what is freed may be used again', async (t) => {
  const spool = await createSpool(await createTestFolder(t), 1000)
  const first = await received(spool, 600)
  t.equal((await spool.receive(chunks(401), MIB)).outcome, 'spool-full')
  const second = await received(spool, 400)
  t.equal((await spool.receive(chunks(1), MIB)).outcome, 'spool-full')
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  const third = await received(spool, 600)
  t.equal((await spool.receive(chunks(1), MIB)).outcome, 'spool-full', 'what was freed twice counts once')
  await second[Symbol.asyncDispose]()
  await third[Symbol.asyncDispose]()
})

t.test('many at once share the bound', async (t) => {
  const folder = await createTestFolder(t)
  const spool = await createSpool(folder, 10 * 1000)
  const results = await Promise.all(
    Array.from({ length: 30 }, () => spool.receive(chunks(400, 400, 200), MIB)),
  )
  const files = results.flatMap((result) => (result.outcome === 'received' ? [result.file] : []))
  t.ok(files.length <= 10, `${files.length} fitted`)
  t.equal((await heldFiles(process, folder)).length, files.length)
  for (const file of files) await file[Symbol.asyncDispose]()
  await using _all = await received(spool, 10_000)
})

t.test('cleaning removes what a dead process left, and nothing else', async (t) => {
  const folder = await createTestFolder(t)
  const spool = await createSpool(folder, MIB)
  await using file = await received(spool, 10)
  await writeFile(join(folder, 'one.part'), 'x')
  await writeFile(join(folder, 'two.part'), 'x')
  await writeFile(join(folder, 'not ours'), 'x')
  t.equal(await spool.clean(), 2)
  t.strictSame(await readdir(folder), ['not ours'])
  t.equal((await buffer(file.stream())).length, 10, 'files in use are not touched')
  t.equal(await spool.clean(), 0)
})
