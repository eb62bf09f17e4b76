import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { SMALL_BYTES } from '../src/small-object.ts'
import { all, pattern, read, rejection, repeated, streamOf, TYPE } from './bodies.ts'
import type { Subject } from './contract-subject.ts'

const MIB = 1024 ** 2

export async function getContract(t: Test, subject: () => Subject): Promise<void> {
  await t.test('get and head describe the object', async (t) => {
    const { store, prefix } = subject()
    const key = `${prefix}a`
    await store.put(key, pattern(1234), { bytes: 1234, contentType: TYPE })
    const head = await store.head(key)
    t.match(head, { key, bytes: 1234, modifiedAt: Date })
    const got = await store.get(key)
    got?.body.destroy()
    t.match(got, { key, bytes: 1234, modifiedAt: head?.modifiedAt })
    const storeTime = await store.ping()
    // Both are by the store's clock; S3 tells whole seconds.
    const ageMs = storeTime.getTime() - (head?.modifiedAt.getTime() ?? 0)
    t.ok(ageMs > -2000 && ageMs < 600_000, `an object of the store's own time (${ageMs} ms)`)
  })

  await t.test('what is small is read at once, and a stream all the same', async (t) => {
    const { store, prefix } = subject()
    const sizes = [0, 1, SMALL_BYTES, SMALL_BYTES + 1]
    for (const bytes of sizes) {
      const data = pattern(bytes)
      await store.put(`${prefix}${bytes}`, data, { bytes, contentType: TYPE })
      const got = await store.get(`${prefix}${bytes}`)
      t.strictSame(got?.content, bytes <= SMALL_BYTES ? data : undefined, `${bytes}`)
      t.strictSame(got && (await buffer(got.body)), data)
    }
    const part = await store.get(`${prefix}${SMALL_BYTES + 1}`, { range: { start: 5, end: 14 } })
    t.strictSame(
      part?.content,
      pattern(SMALL_BYTES + 1).subarray(5, 15),
      'and so is a small part of a large one',
    )
  })

  await t.test('what is not there is undefined', async (t) => {
    const { store, prefix } = subject()
    t.equal(await store.get(`${prefix}a`), undefined)
    t.equal(await store.get(`${prefix}a`, { range: { start: 0, end: 9 } }), undefined)
    t.equal(await store.head(`${prefix}a`), undefined)
    // Neither is a folder of keys, nor what would lie below a key.
    await store.put(`${prefix}b/c`, Buffer.from('x'), { bytes: 1, contentType: TYPE })
    for (const key of [`${prefix}b`, `${prefix}b/c/d`]) {
      t.equal(await store.get(key), undefined)
      t.equal(await store.head(key), undefined)
      await store.delete(key)
    }
    t.equal(String(await read(store, `${prefix}b/c`)), 'x')
  })

  await t.test('ranges', async (t) => {
    const { store, prefix } = subject()
    const data = pattern(200_000)
    await store.put(`${prefix}a`, data, { bytes: data.length, contentType: TYPE })
    await store.put(`${prefix}empty`, Buffer.alloc(0), { bytes: 0, contentType: TYPE })
    const range = async (key: string, start: number, end: number) => {
      const got = await store.get(`${prefix}${key}`, { range: { start, end } })
      return { bytes: got?.bytes, data: got && (await buffer(got.body)) }
    }
    const cases: [string, number, number][] = [
      ['whole', 0, 199_999],
      ['first byte', 0, 0],
      ['last byte', 199_999, 199_999],
      ['middle', 65_530, 131_080],
      ['end past the end', 199_990, 10_000_000],
      ['start at the end', 200_000, 200_001],
      ['start past the end', 900_000, 900_001],
    ]
    for (const [name, start, end] of cases) {
      const got = await range('a', start, end)
      t.ok(got.data?.equals(data.subarray(start, end + 1)), name)
      t.equal(got.bytes, 200_000, `${name}: the size is the object's`)
    }
    t.match(await range('empty', 0, 9), { bytes: 0, data: { length: 0 } })
    for (const [start, end] of [
      [-1, 5],
      [5, 4],
      [0.5, 2],
      [0, Number.NaN],
    ] as const) {
      t.match(await rejection(store.get(`${prefix}a`, { range: { start, end } })), TypeError)
    }
  })

  await t.test('an abort ends a get', async (t) => {
    const { store, prefix } = subject()
    const reason = new Error('no longer wanted')
    await store.put(`${prefix}a`, repeated(16 * MIB), { bytes: 16 * MIB, contentType: TYPE })
    for (const range of [undefined, { start: 5, end: 15 * MIB }]) {
      const abort = new AbortController()
      const got = await store.get(`${prefix}a`, { signal: abort.signal, ...(range && { range }) })
      if (!got) throw new Error('the object is not there')
      await once(got.body, 'readable')
      const failed = once(got.body, 'error')
      abort.abort(reason)
      t.match((await failed)[0], { name: 'AbortError', cause: reason })
      t.ok(got.body.destroyed)
    }
    const signal = AbortSignal.abort(reason)
    t.match(await rejection(store.get(`${prefix}a`, { signal })), { name: 'AbortError', cause: reason })
    t.match(await rejection(store.head(`${prefix}a`, { signal })), { name: 'AbortError', cause: reason })
    t.match(await rejection(store.ping(signal)), { name: 'AbortError', cause: reason })
    t.match(await rejection(all(store.list(prefix, { signal }))), { name: 'AbortError' })
  })

  await t.test('a reader may leave, and many do', async (t) => {
    const { store, prefix } = subject()
    const key = `${prefix}a`
    await store.put(key, repeated(2 * MIB), { bytes: 2 * MIB, contentType: TYPE })
    // More than there are sockets to a server: each must be given back.
    for (let i = 0; i < 28; i += 1) {
      const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await store.get(key))?.body))
      for (const body of bodies) body?.destroy()
    }
    t.equal((await read(store, key))?.length, 2 * MIB)
    const abort = new AbortController()
    const got = await store.get(key, { signal: abort.signal })
    t.equal(got && (await buffer(got.body)).length, 2 * MIB)
    abort.abort()
  })

  await t.test('readers see one whole version while it is replaced', async (t) => {
    const { store, prefix } = subject()
    const key = `${prefix}a`
    const versions = [Buffer.alloc(MIB, 1), Buffer.alloc(MIB + 4096, 2), Buffer.alloc(MIB - 4096, 3)]
    const put = (data: Buffer | undefined) =>
      data ? store.put(key, streamOf(data, 65_536), { bytes: data.length, contentType: TYPE }) : undefined
    await put(versions[0])
    let writing = true
    const writer = async () => {
      for (let i = 0; i < 30; i += 1) await put(versions[i % versions.length])
      writing = false
    }
    const seen = new Set<number>()
    const torn: string[] = []
    const reader = async () => {
      while (writing) {
        const got = await store.get(key)
        if (!got) {
          torn.push('missing')
          continue
        }
        const data = await buffer(got.body)
        const version = versions.findIndex((candidate) => candidate.equals(data))
        if (version < 0 || got.bytes !== data.length) torn.push(`${data.length} bytes of ${got.bytes}`)
        seen.add(version)
      }
    }
    await Promise.all([writer(), reader(), reader(), reader()])
    t.strictSame(torn, [])
    t.ok(seen.size > 1, 'versions were replaced while they were read')
  })
}
