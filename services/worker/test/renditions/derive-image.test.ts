import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { markDeleting, publishRenditions, releaseDerivation, requestRendition } from '@tintype/database'
import { FAILURES, type Lane, originalKey } from '@tintype/domain'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { createLogger } from '@tintype/service-kit'
import { crashingDecoderOptions, crashingJpeg, photo, startTestPostgres } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { TransferTimeout } from '../../src/pixels/decoder.ts'
import { createDecoderPool, type DecoderPool } from '../../src/pixels/pool.ts'
import { DerivationFault, type DeriveDependencies, deriveImage } from '../../src/renditions/derive-image.ts'
import { runThumbnails } from '../../src/renditions/run-lane.ts'
import { type Bench, type BenchOptions, openBench } from '../bench.ts'

const log = createLogger('worker', 'silent')

function openPool(t: Test, { storeUrl }: Bench): DecoderPool {
  const pool = createDecoderPool({
    size: 2,
    megapixelBudget: 50,
    childEnv: { STORE_URL: storeUrl, NODE_OPTIONS: crashingDecoderOptions() },
    closeTimeoutMs: 1000,
    log,
  })
  t.teardown(() => pool.close())
  return pool
}

async function setUp(
  t: Test,
  options: BenchOptions = {},
): Promise<{ bench: Bench; worker: DeriveDependencies; announced: string[] }> {
  const bench = await openBench(t, options)
  const pool = openPool(t, bench)
  const announced: string[] = []
  const announcer = { imagesChanged: (...ownerIds: string[]) => void announced.push(...ownerIds) }
  return {
    bench,
    announced,
    worker: {
      ...{ database: bench.database, store: bench.store, pool, announcer, log },
      ...{ lane: 'thumbnails', avifMaxPixels: 24_000_000, attemptTimeoutSeconds: 60 },
    },
  }
}

/** Has something happen when the decoder has done its work and before it is told of. */
function afterDecode(worker: DeriveDependencies, happen: () => Promise<unknown>): DeriveDependencies {
  return {
    ...worker,
    pool: {
      async derive(job, signal) {
        const result = await worker.pool.derive(job, signal)
        await happen()
        return result
      },
    },
  }
}

t.test('a pending image gets what its tier grants and is ready', async (t) => {
  const { bench, worker, announced } = await setUp(t)
  const id = await bench.addImage(await photo({ orientation: 6 }))

  t.equal(await deriveImage(worker, id), 'published')

  t.match(await bench.image(id), { state: 'ready', attempts: 0, width: 480, height: 640 })
  t.strictSame(announced, [bench.ownerId])
  t.type((await bench.image(id))?.thumbhash, 'string')
  const renditions = await bench.renditions(id)
  t.same(
    renditions.map(({ name }) => name),
    ['h200', 'h400'],
  )
  for (const { key, bytes } of renditions) t.equal((await bench.store.head(key ?? ''))?.bytes, bytes)
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('a job run twice leaves what one run leaves', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())

  const both = afterDecode(worker, () => deriveImage(worker, id))
  t.equal(await deriveImage(both, id), 'published', 'and so was the other one before')

  const keys = await bench.keysInStore()
  t.equal(keys.length, 3, 'the objects of one of the two are gone')
  t.same(keys, await bench.keysInRows())
  t.match(await bench.image(id), { state: 'ready', attempts: 0 })

  t.equal(await deriveImage(worker, id), 'settled')
  t.same(await bench.keysInStore(), keys)
  t.match(await bench.image(id), { state: 'ready', attempts: 0 })
})

t.test('a height asked for later is made beside the others', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { generation: 'lazy', thumbnailHeights: [50, 100] } })
  const id = await bench.addImage(await photo())
  t.equal(await deriveImage(worker, id), 'published')
  t.match(await bench.image(id), { state: 'ready' }, 'a lazy image is verified and ready without renditions')
  t.same(await bench.keysInStore(), [originalKey(id)])

  await requestRendition(bench.database, id, 'h50')
  t.equal(await deriveImage(worker, id), 'published')
  t.match(await bench.renditions(id), [{ name: 'h50', failureCode: null }])

  await requestRendition(bench.database, id, 'h100')
  const [made] = await bench.renditions(id).then((all) => all.filter(({ name }) => name === 'h50'))
  t.equal(await deriveImage(worker, id), 'published')
  t.match(
    (await bench.renditions(id)).find(({ name }) => name === 'h50'),
    { key: made?.key },
    'what is there is not made again',
  )
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('an image deleted while it is derived leaves no new objects', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  const deleting = afterDecode(worker, () => markDeleting(bench.database, bench.ownerId, id))

  t.equal(await deriveImage(deleting, id), 'gone')

  t.same(await bench.keysInStore(), [originalKey(id)])
  t.same(await bench.renditions(id), [])
  t.match(await bench.image(id), { state: 'deleting' })
})

t.test('a damaged picture fails with a sentence and is not tried again', async (t) => {
  const { bench, worker, announced } = await setUp(t)
  const whole = await photo()
  const id = await bench.addImage(whole.subarray(0, whole.length / 2))

  t.equal(await deriveImage(worker, id), 'failed')

  t.strictSame(announced, [bench.ownerId])
  t.match(await bench.image(id), {
    state: 'failed',
    failureCode: 'TT_IMAGE_CORRUPT',
    failureMessage: FAILURES.TT_IMAGE_CORRUPT,
  })
  t.equal(await deriveImage(worker, id), 'settled')
  t.same(await bench.keysInStore(), [originalKey(id)])
})

t.test('the limit of pixels is that of the tier', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { maxPixels: 640 * 480 - 1 } })
  const picture = await photo({ width: 640, height: 480 })
  const understated = await bench.addImage(picture, { width: 640, height: 479 })
  t.equal(await deriveImage(worker, understated), 'failed')
  t.match(await bench.image(understated), { state: 'failed', failureCode: 'TT_IMAGE_TOO_LARGE' })

  const accepted = await bench.addImage(picture, { width: 640, height: 480 })
  t.equal(await deriveImage(worker, accepted), 'published', 'and that of the tier it was accepted under')
})

t.test('a picture that crashes its decoder is given up after three attempts', async (t) => {
  const { bench, worker } = await setUp(t)
  const poison = await bench.addImage(await crashingJpeg())
  const sound = await bench.addImage(await photo())
  const crashes: string[] = []
  const pool: DeriveDependencies['pool'] = {
    async derive(job, signal) {
      const result = await worker.pool.derive(job, signal)
      if (result.outcome === 'crashed') crashes.push(job.imageId)
      return result
    },
  }

  t.same(
    await Promise.all([deriveImage({ ...worker, pool }, poison), deriveImage({ ...worker, pool }, sound)]),
    ['failed', 'published'],
  )

  t.same(crashes, [poison, poison, poison])
  t.match(await bench.image(poison), {
    state: 'failed',
    failureCode: 'TT_DECODER_CRASHED',
    failureMessage: FAILURES.TT_DECODER_CRASHED,
  })
  t.match(await bench.image(sound), { state: 'ready', attempts: 0 })
})

t.test('attempts of workers that died count', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  await bench.query(`UPDATE images SET attempts = 3 WHERE id = '${id}'`)
  t.equal(await deriveImage(worker, id), 'failed')
  t.match(await bench.image(id), { state: 'failed', failureCode: 'TT_DECODER_CRASHED' })
})

t.test('a picture is not given up while its last attempt may still run elsewhere', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  await bench.query(`UPDATE images SET attempts = 2 WHERE id = '${id}'`)
  const meanwhile: unknown[] = []
  const slow = afterDecode(worker, async () => {
    meanwhile.push(await deriveImage(worker, id).catch((error: unknown) => error))
  })
  t.equal(await deriveImage(slow, id), 'published')
  t.match(meanwhile, [DerivationFault])
  t.match(await bench.image(id), { state: 'ready', attempts: 0 })
})

t.test('the attempt of a worker that died ends by itself', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  const began = (secondsAgo: number) =>
    bench.query(`
      UPDATE images SET attempts = 3, attempt_began_at = now() - interval '${secondsAgo} seconds'
      WHERE id = '${id}'`)
  await began(30)
  await t.rejects(deriveImage(worker, id), DerivationFault)
  t.match(await bench.image(id), { state: 'pending', attempts: 3 })
  await began(61)
  t.equal(await deriveImage(worker, id), 'failed')
})

t.test('of a ready image only what was wanted fails', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { generation: 'lazy', thumbnailHeights: [50] } })
  const id = await bench.addImage(await photo())
  await deriveImage(worker, id)
  await requestRendition(bench.database, id, 'h50')
  await bench.query(`UPDATE images SET attempts = 3 WHERE id = '${id}'`)

  t.equal(await deriveImage(worker, id), 'failed')

  t.match(await bench.image(id), { state: 'ready', attempts: 0, failureCode: null })
  t.match(await bench.renditions(id), [{ name: 'h50', key: null, failureCode: 'TT_DECODER_CRASHED' }])
  t.equal(await deriveImage(worker, id), 'settled')
})

t.test('a conversion at which every decoder dies fails alone, and the thumbnails stay', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { conversionFormats: ['png', 'avif'] } })
  const id = await bench.addImage(await crashingJpeg())
  const key = `renditions/${id}/h200.a.jpg`
  const file = { name: 'h200' as const, key, format: 'jpeg' as const, width: 1, height: 1, bytes: 1 }
  await publishRenditions(bench.database, id, { width: 640, height: 480, thumbhash: '', files: [file] })
  t.equal(await deriveImage({ ...worker, lane: 'conversions' }, id), 'failed')
  t.match(await bench.image(id), { state: 'ready', attempts: 0, failureCode: null })
  t.match(await bench.renditions(id), [
    { name: 'full.avif', key: null, failureCode: null },
    { name: 'full.png', key: null, failureCode: 'TT_DECODER_CRASHED' },
    { name: 'h200', key },
  ])
  t.equal(await deriveImage({ ...worker, lane: 'conversions' }, id), 'settled')
})

t.test('once thumbnails are there, the other lanes are asked for what they lack', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { conversionFormats: ['jpeg', 'png', 'avif'] } })
  const id = await bench.addImage(await photo())
  const asked: string[] = []
  const producer = { enqueueDerivation: async (lane: Lane, of: string) => void asked.push(`${lane} ${of}`) }
  const away = { enqueueDerivation: () => Promise.reject(new Error('away')) }
  await t.rejects(runThumbnails({ ...worker, producer: away }, id), { message: 'away' })
  t.match(await bench.image(id), { state: 'ready' })
  t.equal(await runThumbnails({ ...worker, producer }, id), 'settled', 'the job comes again, and goes on')
  t.same(asked.toSorted(), [`avif ${id}`, `conversions ${id}`])

  t.equal(await deriveImage({ ...worker, lane: 'conversions' }, id), 'published')
  t.equal(await deriveImage({ ...worker, lane: 'avif' }, id), 'published')
  const made = await bench.renditions(id)
  t.same(
    made.map(({ name }) => name),
    ['full.avif', 'full.png', 'h200', 'h400'],
  )
  for (const { key, bytes } of made) t.equal((await bench.store.head(key ?? ''))?.bytes, bytes)
  t.equal(await runThumbnails({ ...worker, producer }, id), 'settled')
  t.equal(asked.length, 2, 'nothing is asked for twice')
  t.same(await bench.keysInStore(), await bench.keysInRows())
})

t.test('a conversion too large for its format is refused while the others are made', async (t) => {
  const { bench, worker } = await setUp(t, { tier: { conversionFormats: ['avif'] } })
  const id = await bench.addImage(await photo())
  t.equal(await deriveImage(worker, id), 'published')
  t.equal(await deriveImage({ ...worker, lane: 'avif', avifMaxPixels: 1000 }, id), 'published')
  t.match((await bench.renditions(id))[0], { name: 'full.avif', failureCode: 'TT_CONVERSION_TOO_LARGE' })
})

t.test('an original that is not there fails', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  await bench.store.delete(originalKey(id))
  t.equal(await deriveImage(worker, id), 'failed')
  t.match(await bench.image(id), { state: 'failed', failureCode: 'TT_ORIGINAL_MISSING' })
})

t.test('a store that is away costs no attempt', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  // The child is there already, as a new one would make a new folder.
  await deriveImage(worker, await bench.addImage(await photo()))
  const folder = fileURLToPath(bench.storeUrl)

  await rename(folder, `${folder}.away`)
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await t.rejects(deriveImage(worker, id), { code: 'TT_STORE_UNAVAILABLE' })
    t.match(await bench.image(id), { state: 'pending', attempts: 0 })
  }
  await rename(`${folder}.away`, folder)

  t.equal(await deriveImage(worker, id), 'published')
})

t.test('a store that is too slow costs no attempt', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  const pool = { derive: () => Promise.reject(new TransferTimeout('slow')) }
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await t.rejects(deriveImage({ ...worker, pool }, id), TransferTimeout)
    t.match(await bench.image(id), { state: 'pending', attempts: 0 })
  }
})

t.test('an original that comes back is a fault, not a loss', async (t) => {
  const { bench, worker } = await setUp(t)
  const bytes = await photo()
  const id = await bench.addImage(bytes)
  await bench.store.delete(originalKey(id))
  const restoring = afterDecode(worker, () =>
    bench.store.put(originalKey(id), bytes, { bytes: bytes.length, contentType: 'image/jpeg' }),
  )
  await t.rejects(deriveImage(restoring, id), DerivationFault)
  t.match(await bench.image(id), { state: 'pending', attempts: 0 })
})

t.test('objects that are not needed any more and cannot be deleted are left to the sweep', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  let refused = 0
  const store: ObjectStore = {
    ...bench.store,
    async delete() {
      refused += 1
      throw new StoreUnavailable('delete', new Error('away'))
    },
  }
  const both = afterDecode({ ...worker, store }, () => deriveImage(worker, id))
  t.equal(await deriveImage(both, id), 'published')
  t.equal(refused, 2)
  t.equal((await bench.keysInStore()).length, 5)
  t.match(await bench.image(id), { state: 'ready', attempts: 0 })
})

t.test('PostgreSQL going away before the publication', async (t) => {
  const postgres = await startTestPostgres(t, { durable: true })
  const { bench, worker } = await setUp(t, { databaseUrl: postgres.url })
  const id = await bench.addImage(await photo())

  await t.rejects(
    deriveImage(
      afterDecode(worker, () => postgres.kill()),
      id,
    ),
  )
  await postgres.start()

  t.match(await bench.image(id), { state: 'pending', attempts: 1 })
  t.equal((await bench.keysInStore()).length, 3, 'nobody can tell whether rows name the objects')
  t.equal(await deriveImage(worker, id), 'published')
  t.match(await bench.image(id), { state: 'ready', attempts: 0 })
})

t.test('an unforeseen fault counts, so that nothing is tried for ever', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await photo())
  const broken: DeriveDependencies = {
    ...worker,
    pool: {
      async derive(job, signal) {
        const result = await worker.pool.derive(job, signal)
        return result.outcome === 'derived' ? { ...result, width: Number.NaN } : result
      },
    },
  }
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await t.rejects(deriveImage(broken, id))
    t.match(await bench.image(id), { state: 'pending', attempts: attempt })
  }
  t.equal(await deriveImage(broken, id), 'failed')
})

t.test('an abort gives the attempt back', async (t) => {
  const { bench, worker } = await setUp(t)
  const id = await bench.addImage(await crashingJpeg())
  const stopping = new AbortController()
  const reason = new Error('stopping')
  const aborting: DeriveDependencies = {
    ...worker,
    pool: {
      derive(job, signal) {
        const result = worker.pool.derive(job, signal)
        stopping.abort(reason)
        return result
      },
    },
  }
  await t.rejects(deriveImage(aborting, id, stopping.signal), reason)
  t.match(await bench.image(id), { state: 'pending', attempts: 0 })
  await t.rejects(deriveImage(worker, id, stopping.signal), reason, 'as is one that begins after it')
  t.match(await bench.image(id), { state: 'pending', attempts: 0 })
  await releaseDerivation(bench.database, id)
  t.match(await bench.image(id), { attempts: 0 }, 'never below none')
})
