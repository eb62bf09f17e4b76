import t from 'tap'
import { createHeaderReader, DEFAULT_LIMITS } from '../../../src/uploads/header/header-reader.ts'
import { readImageHeader } from '../../../src/uploads/header/index.ts'
import { jpeg, segment } from './fixtures.ts'
import { watch } from './watched-source.ts'

const SCATTERED = jpeg(30, 20, {
  before: Array.from({ length: 20 }, () => segment(0xe2, Buffer.alloc(60_000))),
})

t.test('a header of large segments is read by seeking', async (t) => {
  const source = watch(SCATTERED)
  t.match(await readImageHeader(source), { outcome: 'image' })
  t.ok(source.totalBytes < 100_000, `${source.totalBytes} of ${source.bytes} bytes`)
})

t.test('each limit ends the reading', async (t) => {
  for (const limits of [{ maxReads: 5 }, { maxTotalBytes: 5 * 4096 }, { maxSteps: 5 }]) {
    const source = watch(SCATTERED)
    t.match(await readImageHeader(source, { limits }), {
      outcome: 'damaged',
      detail: /than (is|are) ever needed/,
    })
    t.ok(source.reads <= 5 && source.totalBytes <= 5 * 4096, JSON.stringify(limits))
  }
})

t.test('an aborted signal ends the reading', async (t) => {
  const source = watch(SCATTERED)
  await t.rejects(readImageHeader(source, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.equal(source.reads, 0)
})

t.test('a source that fails is a fault', async (t) => {
  const source = { bytes: 100, read: () => Promise.reject(new Error('the disk is gone')) }
  await t.rejects(readImageHeader(source), { message: 'the disk is gone' })
})

t.test('a source that is shorter than it said is damage', async (t) => {
  const source = { bytes: 100, read: async () => Buffer.from([0xff, 0xd8]) }
  t.match(await readImageHeader(source), { outcome: 'damaged', detail: /ends inside/ })
})

t.test('one step never reads more than 64 KiB', async (t) => {
  const reader = createHeaderReader(watch(Buffer.alloc(200_000)), DEFAULT_LIMITS)
  t.equal((await reader.at(1, 65_536)).length, 65_536)
  await t.rejects(reader.at(0, 65_537), RangeError)
})

t.test('nothing is asked of the source that lies outside it', async (t) => {
  const source = watch(Buffer.alloc(1000))
  const reader = createHeaderReader(source, DEFAULT_LIMITS)
  for (const [offset, length] of [
    [998, 3],
    [1001, 1],
    [-1, 1],
    [2 ** 60, 1],
    [0.5, 1],
  ] as const) {
    await t.rejects(reader.at(offset, length), { name: 'DamagedHeader', message: /past the end/ })
  }
  t.equal(source.reads, 0)
  t.equal((await reader.at(998, 2)).length, 2)
  t.strictSame(source.violations, [])
})
