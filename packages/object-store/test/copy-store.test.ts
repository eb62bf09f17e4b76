import { createTestBucket, createTestFileStore, type Scope } from '@tintype/testkit'
import t from 'tap'
import { copyStore, createObjectStore, type ObjectStore } from '../src/index.ts'
import { keysOf, pattern, read, TYPE } from './bodies.ts'

async function openStore(t: Scope, made: Promise<{ storeUrl: string }>): Promise<ObjectStore> {
  const store = await createObjectStore((await made).storeUrl)
  t.teardown(() => store.close())
  return store
}

const put = (store: ObjectStore, key: string, bytes: number) =>
  store.put(key, pattern(bytes), { bytes, contentType: TYPE })

t.test('a bucket into a folder, again, and back into a bucket', async (t) => {
  const bucket = await openStore(t, createTestBucket(t))
  const folder = await openStore(t, createTestFileStore(t))
  const keys = ['originals/a', 'originals/a-b', 'renditions/a/h200.jpg', 'renditions/😀', 'renditions/～']
  for (const [index, key] of keys.entries()) await put(bucket, key, 100_000 + index)
  await put(bucket, 'installations/x', 1)
  const options = { except: ['installations/'], atOnce: 2 }

  t.strictSame(await copyStore(bucket, folder, options), { copied: 5, bytes: 500_010, present: 0 })
  t.strictSame(new Set(await keysOf(folder, '')), new Set(keys))
  await put(folder, 'originals/a', 5)
  await put(folder, 'originals/only-here', 5)
  await put(bucket, 'originals/new', 7)
  t.strictSame(await copyStore(bucket, folder, options), { copied: 2, bytes: 100_007, present: 4 })
  t.ok(await folder.head('originals/only-here'), 'it deletes nothing')

  const restored = await openStore(t, createTestBucket(t))
  t.match(await copyStore(folder, restored, options), { copied: 7 })
  for (const [index, key] of keys.entries())
    t.ok((await read(restored, key))?.equals(pattern(100_000 + index)), key)
})

t.test('what is deleted meanwhile is left out, and a store that fails ends it', async (t) => {
  const from = await openStore(t, createTestFileStore(t))
  const to = await openStore(t, createTestFileStore(t))
  for (const key of ['a', 'b', 'c']) await put(from, key, 10)
  const losing: ObjectStore = {
    ...from,
    get: async (key, options) => (key === 'b' ? undefined : from.get(key, options)),
  }
  t.strictSame(await copyStore(losing, to, { except: [] }), { copied: 2, bytes: 20, present: 0 })
  const failing: ObjectStore = { ...from, get: () => Promise.reject(new Error('away')) }
  await t.rejects(copyStore(failing, to, { except: [] }), { message: 'away' })
})
