import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import {
  forEachLimited,
  keysOf,
  pattern,
  read,
  rejection,
  repeated,
  streamOf,
  TYPE,
  unending,
} from './bodies.ts'
import type { Subject } from './contract-subject.ts'

const MIB = 1024 ** 2

export async function putContract(t: Test, subject: () => Subject): Promise<void> {
  // First, before the garbage of other tests makes room for what it would take.
  await t.test('a large put takes no memory', async (t) => {
    const { store, prefix } = subject()
    const put = (bytes: number) => store.put(`${prefix}a`, repeated(bytes), { bytes, contentType: TYPE })
    await put(8 * MIB)
    const before = process.memoryUsage()
    const highest = { ...before }
    const sampler = setInterval(() => {
      const now = process.memoryUsage()
      highest.rss = Math.max(highest.rss, now.rss)
      highest.arrayBuffers = Math.max(highest.arrayBuffers, now.arrayBuffers)
    }, 5)
    await put(64 * MIB)
    clearInterval(sampler)
    for (const what of ['rss', 'arrayBuffers'] as const) {
      const grownMib = (highest[what] - before[what]) / MIB
      t.comment(`64 MiB put: ${what} grew by ${grownMib.toFixed(1)} MiB`)
      t.ok(grownMib < 48, `${what} grows by less than 48 MiB`)
    }
    t.equal((await store.head(`${prefix}a`))?.bytes, 64 * MIB)
    await store.delete(`${prefix}a`)
  })

  await t.test('what was put is got, from a stream and from bytes', async (t) => {
    const { store, prefix } = subject()
    const data = pattern(300_001)
    await store.put(`${prefix}stream`, streamOf(data), { bytes: data.length, contentType: TYPE })
    await store.put(`${prefix}bytes`, data, { bytes: data.length, contentType: TYPE })
    t.ok((await read(store, `${prefix}stream`))?.equals(data))
    t.ok((await read(store, `${prefix}bytes`))?.equals(data))
  })

  await t.test('an object may be empty', async (t) => {
    const { store, prefix } = subject()
    await store.put(`${prefix}stream`, streamOf(Buffer.alloc(0)), { bytes: 0, contentType: TYPE })
    await store.put(`${prefix}bytes`, new Uint8Array(0), { bytes: 0, contentType: TYPE })
    for (const key of [`${prefix}stream`, `${prefix}bytes`]) {
      t.equal((await store.head(key))?.bytes, 0)
      t.equal((await read(store, key))?.length, 0)
    }
  })

  await t.test('a put replaces what was there', async (t) => {
    const { store, prefix } = subject()
    const key = `${prefix}a`
    await store.put(key, pattern(5000), { bytes: 5000, contentType: TYPE })
    await store.put(key, streamOf(Buffer.from('new')), { bytes: 3, contentType: TYPE })
    t.equal(String(await read(store, key)), 'new')
    t.equal((await store.head(key))?.bytes, 3)
  })

  await t.test('a body of another length than declared stores nothing', async (t) => {
    const { store, prefix } = subject()
    const data = pattern(MIB)
    const cases = {
      short: { body: () => streamOf(data), bytes: MIB + 1 },
      'short by all': { body: () => streamOf(Buffer.alloc(0)), bytes: 1 },
      long: { body: () => streamOf(data), bytes: MIB - 1 },
      // The declared bytes arrive whole before the surplus does.
      'long by a piece': { body: () => streamOf(data, MIB / 16), bytes: MIB - MIB / 16 },
      'long where none was declared': { body: () => streamOf(data), bytes: 0 },
      'short bytes': { body: () => data, bytes: MIB + 1 },
      'long bytes': { body: () => data, bytes: MIB - 1 },
    }
    for (const [name, { body, bytes }] of Object.entries(cases)) {
      const error = await rejection(store.put(`${prefix}a`, body(), { bytes, contentType: TYPE }))
      t.match(
        error,
        { name: 'BodyLengthMismatch', code: 'TT_BODY_LENGTH_MISMATCH', declaredBytes: bytes },
        name,
      )
      t.equal(await store.head(`${prefix}a`), undefined, `${name}: no object`)
    }
    t.strictSame(await keysOf(store, prefix), [])
  })

  await t.test('a put that fails leaves the object that was there', async (t) => {
    const { store, prefix } = subject()
    const key = `${prefix}a`
    await store.put(key, Buffer.from('old'), { bytes: 3, contentType: TYPE })
    const short = store.put(key, streamOf(pattern(MIB)), { bytes: MIB + 1, contentType: TYPE })
    t.equal((await rejection(short)).name, 'BodyLengthMismatch')
    t.equal(String(await read(store, key)), 'old')
  })

  await t.test("the body's own error is what the put rejects with", async (t) => {
    const { store, prefix } = subject()
    const late = unending(pattern(MIB))
    const lateError = new Error('the sender went away')
    const put = rejection(store.put(`${prefix}late`, late.body, { bytes: 2 * MIB, contentType: TYPE }))
    await late.drained
    late.body.destroy(lateError)
    t.equal(await put, lateError)

    for (const bytes of [10, 0]) {
      const early = new Readable({ read() {} })
      const earlyError = new Error('the sender never came')
      early.destroy(earlyError)
      t.equal(await rejection(store.put(`${prefix}early`, early, { bytes, contentType: TYPE })), earlyError)
    }

    const silent = unending(pattern(MIB))
    const cut = rejection(store.put(`${prefix}cut`, silent.body, { bytes: 2 * MIB, contentType: TYPE }))
    await silent.drained
    silent.body.destroy()
    t.match(await cut, { code: 'ERR_STREAM_PREMATURE_CLOSE' }, 'a body that is closed before its end')

    for (const bytes of [4, 0]) {
      const text = Readable.from(['text'])
      t.match(await rejection(store.put(`${prefix}text`, text, { bytes, contentType: TYPE })), TypeError)
    }
    t.strictSame(await keysOf(store, prefix), [], 'nothing was stored')
  })

  await t.test('an abort ends a put and stores nothing', async (t) => {
    const { store, prefix } = subject()
    const reason = new Error('no longer wanted')
    for (const bytes of [2 * MIB, 0]) {
      const { body, drained } = unending(bytes === 0 ? Buffer.alloc(0) : pattern(MIB))
      const abort = new AbortController()
      const options = { bytes, contentType: TYPE, signal: abort.signal }
      const put = rejection(store.put(`${prefix}a`, body, options))
      await drained
      abort.abort(reason)
      t.match(await put, { name: 'AbortError', cause: reason })
      t.ok(body.destroyed, 'the body is not left open')

      const unread = streamOf(pattern(bytes))
      t.match(await rejection(store.put(`${prefix}a`, unread, options)), {
        name: 'AbortError',
        cause: reason,
      })
      t.ok(unread.destroyed)
    }
    const options = { bytes: 1, contentType: TYPE, signal: AbortSignal.abort() }
    t.match(await rejection(store.put(`${prefix}a`, Buffer.alloc(1), options)), { name: 'AbortError' })
    t.strictSame(await keysOf(store, prefix), [])
  })

  await t.test('an abort after the end changes nothing', async (t) => {
    const { store, prefix } = subject()
    const abort = new AbortController()
    const options = { bytes: 100, contentType: TYPE, signal: abort.signal }
    await store.put(`${prefix}a`, streamOf(pattern(100)), options)
    abort.abort()
    t.ok((await read(store, `${prefix}a`))?.equals(pattern(100)))
  })

  await t.test('a length that no body can have is refused', async (t) => {
    const { store, prefix } = subject()
    for (const bytes of [-1, 1.5, Number.NaN, 5 * 1024 ** 3 + 1]) {
      const body = streamOf(pattern(10))
      const closed = once(body, 'close')
      t.match(await rejection(store.put(`${prefix}a`, body, { bytes, contentType: TYPE })), TypeError)
      await closed
    }
  })

  await t.test('a hundred puts at once', async (t) => {
    const { store, prefix } = subject()
    const sizes = Array.from({ length: 100 }, (_, i) => i * 997)
    await Promise.all(
      sizes.map((bytes) =>
        store.put(`${prefix}d${bytes % 7}/${bytes}`, streamOf(pattern(bytes)), { bytes, contentType: TYPE }),
      ),
    )
    const wrong: number[] = []
    await forEachLimited(sizes, 20, async (bytes) => {
      const data = await read(store, `${prefix}d${bytes % 7}/${bytes}`)
      if (!data?.equals(pattern(bytes))) wrong.push(bytes)
    })
    t.strictSame(wrong, [])
  })
}
