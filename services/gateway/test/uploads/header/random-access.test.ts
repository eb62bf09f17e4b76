import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { accessFile, readImageHeader } from '../../../src/uploads/header/index.ts'
import { jpeg, segment } from './fixtures.ts'

t.test('reads anywhere in a file', async (t) => {
  const path = join(t.testdir(), 'picture')
  const content = jpeg(30, 20, {
    before: Array.from({ length: 4 }, () => segment(0xe2, Buffer.alloc(65_000, 7))),
  })
  await writeFile(path, content)
  await using handle = await open(path)
  const file = accessFile(handle, content.length)
  t.equal(file.bytes, content.length)
  t.strictSame(await file.read(100, 50), content.subarray(100, 150))
  t.strictSame(await file.read(content.length - 5, 50), content.subarray(-5), 'fewer bytes at the end')
  t.strictSame(await file.read(content.length + 5, 50), Buffer.alloc(0))
  t.strictSame(await readImageHeader(file), {
    outcome: 'image',
    header: { format: 'jpeg', width: 30, height: 20, claimedPixels: 600 },
  })
})

t.test('nothing is read of a closed file, and that is a fault, not damage', async (t) => {
  const path = join(t.testdir(), 'picture')
  await writeFile(path, jpeg(30, 20))
  const handle = await open(path)
  const file = accessFile(handle, 1000)
  await handle.close()
  await t.rejects(readImageHeader(file), { code: 'EBADF' })
})
