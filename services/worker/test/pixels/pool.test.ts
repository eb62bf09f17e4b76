// In a process of its own: it kills children of its process.

import { renditionPrefix } from '@tintype/domain'
import { createObjectStore } from '@tintype/object-store'
import { crashingJpeg, createTestBucket, hangingJpeg, hungryJpeg, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { DecoderUnavailable, TransferTimeout } from '../../src/pixels/decoder.ts'
import { DecoderPoolClosed } from '../../src/pixels/pool.ts'
import { startHoldingServer } from './holding-server.ts'
import { createLab, isAlive, keysUnder } from './pool-of.ts'

const MIB = 1024 ** 2

t.test('children start when jobs come, at most as many as allowed, and are kept', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 2 })
  t.same(pool.children(), [])
  const jobs = await Promise.all(Array.from({ length: 8 }, async (_, seed) => jobFor(await photo({ seed }))))
  const outcomes = await Promise.all(jobs.map((job) => pool.derive(job)))
  for (const outcome of outcomes) t.match(outcome, { outcome: 'derived', width: 640 })
  t.match(pool.stats(), { children: 2, busy: 0, queued: 0, megapixelsInFlight: 0, started: 2, recycled: 0 })
})

t.test('a decoder that dies costs the one job it had', async (t) => {
  const { pool, store, jobFor, log, spooled } = await createLab(t, { size: 2 })
  const before = await jobFor(await photo({ seed: 1 }))
  const bad = await jobFor(await crashingJpeg())
  const after = await jobFor(await photo({ seed: 2 }))
  const outcomes = await Promise.all([before, bad, after, before].map((job) => pool.derive(job)))
  t.match(outcomes, [
    { outcome: 'derived' },
    { outcome: 'crashed', reason: 'exit', detail: 'signal SIGKILL' },
    { outcome: 'derived' },
    { outcome: 'derived' },
  ])
  t.match(pool.stats(), { busy: 0, crashed: { exit: 1, timeout: 0, memory: 0 } })
  t.match(log, [{ fields: { imageId: bad.imageId, reason: 'exit' } }])
  t.same(await keysUnder(store, renditionPrefix(bad.imageId)), [])
  t.same(await spooled(), [], 'what it had spooled went with it')
})

t.test('a child that is killed from outside in the middle of a job', async (t) => {
  const { pool, jobFor, spooled } = await createLab(t, { size: 2 })
  const ended = pool.derive(await jobFor(await hangingJpeg()))
  const [pid] = await poll(() => (pool.children().length === 1 ? pool.children() : undefined))
  const neighbour = pool.derive(await jobFor(await photo()))
  process.kill(pid ?? 0, 'SIGKILL')
  t.match(await ended, { outcome: 'crashed', reason: 'exit', detail: 'signal SIGKILL' })
  t.match(await neighbour, { outcome: 'derived' })
  t.notOk(pool.children().includes(pid ?? 0))
  t.same(await spooled(), [])
})

t.test('an idle child that is killed is replaced, and no job suffers', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1 })
  const job = await jobFor(await photo())
  await pool.derive(job)
  const [pid] = pool.children()
  process.kill(pid ?? 0, 'SIGKILL')
  await poll(() => pool.children().length === 0)
  t.match(await pool.derive(job), { outcome: 'derived' })
  t.match(pool.stats(), { started: 2, crashed: { exit: 0 } })
})

t.test('a decoder that hangs is ended at the timeout', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1, timeoutMs: 1500 })
  const [hung, next] = await Promise.all([
    pool.derive(await jobFor(await hangingJpeg())),
    pool.derive(await jobFor(await photo())),
  ])
  t.match(hung, { outcome: 'crashed', reason: 'timeout' })
  t.match(next, { outcome: 'derived' }, 'the next one gets a new child')
  t.match(pool.stats(), { started: 2, crashed: { timeout: 1 } })
})

t.test('the time of transfers is not the decoder’s', async (t) => {
  const { storeUrl } = await createTestBucket(t)
  const held = await startHoldingServer(t, storeUrl)
  const store = await createObjectStore(storeUrl)
  t.teardown(() => store.close())

  t.test('of the original', async (t) => {
    const { pool, jobFor } = await createLab(t, {
      childEnv: { STORE_URL: held.storeUrl },
      timeoutMs: 100,
      transferTimeoutMs: 1500,
    })
    held.hold('GET')
    await t.rejects(pool.derive(await jobFor(await photo())), TransferTimeout)
    t.match(pool.stats(), { children: 0, busy: 0, crashed: { timeout: 0, exit: 0 } }, 'and no crash')
  })

  t.test('of the renditions', async (t) => {
    const { pool, jobFor } = await createLab(t, {
      childEnv: { STORE_URL: held.storeUrl },
      timeoutMs: 5000,
      transferTimeoutMs: 6000,
    })
    const picture = await photo()
    const job = await jobFor(picture)
    await store.put(job.originalKey, picture, { bytes: picture.length, contentType: 'image/jpeg' })
    held.hold('PUT')
    await t.rejects(pool.derive(job), TransferTimeout)
    t.match(pool.stats(), { children: 0, busy: 0, crashed: { timeout: 0, exit: 0 } })
    held.hold(undefined)
    t.match(await pool.derive(job), { outcome: 'derived' })
  })
})

t.test('a decoder that eats memory is ended at the ceiling', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1, maxRssBytes: 400 * MIB })
  t.match(await pool.derive(await jobFor(await hungryJpeg())), { outcome: 'crashed', reason: 'memory' })
  t.match(await pool.derive(await jobFor(await photo())), { outcome: 'derived' })
  t.match(pool.stats(), { started: 2, crashed: { memory: 1 } })
})

t.test('the megapixels in flight stay within the budget', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 3, megapixelBudget: 10 })
  const first = new AbortController()
  const hung = pool.derive(await jobFor(await hangingJpeg(), { megapixels: 8 }), first.signal)
  const second = pool.derive(await jobFor(await photo(), { megapixels: 8 }))
  const small = pool.derive(await jobFor(await photo(), { megapixels: 1 }))
  t.match(
    pool.stats(),
    { busy: 1, queued: 2, megapixelsInFlight: 8 },
    'the small one does not pass the one before it',
  )
  first.abort(new Error('enough'))
  await t.rejects(hung, { message: 'enough' })
  t.match(await second, { outcome: 'derived' })
  t.match(await small, { outcome: 'derived' })
  t.match(pool.stats(), { busy: 0, megapixelsInFlight: 0 })
})

t.test('what fits into the budget runs side by side', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 3, megapixelBudget: 10 })
  const enough = new AbortController()
  const jobs = [
    await jobFor(await hangingJpeg(), { megapixels: 5 }),
    await jobFor(await hangingJpeg(), { megapixels: 5 }),
  ]
  const running = jobs.map((job) => pool.derive(job, enough.signal))
  t.match(pool.stats(), { busy: 2, queued: 0, megapixelsInFlight: 10 })
  enough.abort()
  await Promise.all(running.map((run) => t.rejects(run, { name: 'AbortError' })))
})

t.test('a picture over the whole budget is decoded alone', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 2, megapixelBudget: 10 })
  const huge = pool.derive(await jobFor(await photo(), { megapixels: 90 }))
  const small = pool.derive(await jobFor(await photo(), { megapixels: 1 }))
  t.match(pool.stats(), { busy: 1, queued: 1 })
  t.match(await huge, { outcome: 'derived' })
  t.match(await small, { outcome: 'derived' })
})

t.test('an abort takes a waiting job out, and ends the child of a running one', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1 })
  const running = new AbortController()
  const waiting = new AbortController()
  const hung = pool.derive(await jobFor(await hangingJpeg()), running.signal)
  const queued = pool.derive(await jobFor(await photo()), waiting.signal)
  const [pid] = await poll(() => (pool.children().length === 1 ? pool.children() : undefined))

  waiting.abort(new Error('not needed'))
  await t.rejects(queued, { message: 'not needed' })
  t.match(pool.stats(), { busy: 1, queued: 0 })
  running.abort(new Error('nor this'))
  await t.rejects(hung, { message: 'nor this' })
  await poll(() => !isAlive(pid ?? 0))
  await t.rejects(pool.derive(await jobFor(await photo()), AbortSignal.abort(new Error('too late'))), {
    message: 'too late',
  })
  t.match(pool.stats(), { children: 0, busy: 0, crashed: { exit: 0 } }, 'no crash is counted')
})

t.test('a child that holds on to memory is replaced after its job', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1, recycleRssBytes: 1 })
  const job = await jobFor(await photo())
  for (let round = 0; round < 2; round += 1) t.match(await pool.derive(job), { outcome: 'derived' })
  t.match(pool.stats(), { children: 0, started: 2, recycled: 2 })
})

t.test('a child that does not start is nobody’s picture’s fault', async (t) => {
  const { pool, jobFor, log } = await createLab(t, { childEnv: {} })
  await t.rejects(pool.derive(await jobFor(await photo())), DecoderUnavailable)
  t.match(pool.stats(), { children: 0, busy: 0, crashed: { exit: 0 } })
  t.match(JSON.stringify(log), /STORE_URL is not set/, 'the log says why')
})

t.test('close lets jobs end and leaves no child', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1 })
  const jobs = await Promise.all(
    [photo({ seed: 1 }), photo({ seed: 2 })].map(async (picture) => jobFor(await picture)),
  )
  const outcomes = jobs.map((job) => pool.derive(job))
  const pids = await poll(() => (pool.children().length > 0 ? pool.children() : undefined))
  const closed = pool.close()
  await t.rejects(pool.derive({ ...jobs[0], megapixels: 1 } as (typeof jobs)[number]), DecoderPoolClosed)
  for (const outcome of outcomes) t.match(await outcome, { outcome: 'derived' })
  await closed
  t.same(pool.children(), [])
  t.notOk(pids.some(isAlive))
  await pool.close()
})

t.test('close waits only so long', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1, closeTimeoutMs: 200 })
  const hung = pool.derive(await jobFor(await hangingJpeg()))
  const queued = pool.derive(await jobFor(await photo()))
  const pids = await poll(() => (pool.children().length > 0 ? pool.children() : undefined))
  await Promise.all([pool.close(), t.rejects(hung, DecoderPoolClosed), t.rejects(queued, DecoderPoolClosed)])
  t.notOk(pids.some(isAlive))
})

t.test('close of a pool that never had a job', async (t) => {
  const { pool } = await createLab(t)
  await pool.close()
  t.same(pool.children(), [])
})
