import { buffer } from 'node:stream/consumers'
import { originalKey, renditionKey, renditionPrefix, uuidv7 } from '@tintype/domain'
import { decodeToRaw, photo, svg, transparentPng, truncatedJpeg } from '@tintype/testkit'
import t from 'tap'
import { createLab, keysUnder } from './pool-of.ts'

t.test('renditions are whole in the store, under new keys, before the answer', async (t) => {
  const { pool, store, jobFor, spooled } = await createLab(t)
  const job = await jobFor(await photo({ width: 900, height: 600 }), { heights: [200, 100] })
  const outcome = await pool.derive(job)
  if (outcome.outcome !== 'derived') throw new Error(JSON.stringify(outcome))
  t.match(outcome, { width: 900, height: 600, thumbhash: /^[\w+/]+=*$/ })
  t.match(outcome.renditions, [
    {
      name: 'h200',
      format: 'jpeg',
      width: 300,
      height: 200,
      key: renditionKey(job.imageId, 'h200', job.generation, 'jpg'),
    },
    {
      name: 'h100',
      format: 'jpeg',
      width: 150,
      height: 100,
      key: renditionKey(job.imageId, 'h100', job.generation, 'jpg'),
    },
  ])
  for (const { key, bytes, width, height } of outcome.renditions) {
    const object = await store.get(key)
    t.match(object, { bytes })
    if (object !== undefined) t.match(await decodeToRaw(await buffer(object.body)), { width, height })
  }

  const again = await pool.derive({ ...job, generation: uuidv7() })
  t.match(again, { outcome: 'derived' })
  t.equal(
    (await keysUnder(store, renditionPrefix(job.imageId))).length,
    4,
    'a second derivation writes over nothing',
  )
  t.same(await spooled(), [], 'the spooled originals are gone')
})

t.test('a transparent picture is stored as PNG', async (t) => {
  const { pool, jobFor } = await createLab(t)
  const outcome = await pool.derive(await jobFor(await transparentPng()))
  if (outcome.outcome !== 'derived') throw new Error(JSON.stringify(outcome))
  for (const { key, format } of outcome.renditions) {
    t.equal(format, 'png')
    t.match(key, /\.png$/)
  }
})

t.test('bad input says why, and stores nothing', async (t) => {
  const { pool, store, jobFor, spooled } = await createLab(t)
  const cut = await jobFor(await truncatedJpeg())
  t.match(await pool.derive(cut), { outcome: 'bad-input', code: 'TT_IMAGE_CORRUPT', detail: String })
  t.match(await pool.derive(await jobFor(svg())), { outcome: 'bad-input', code: 'TT_IMAGE_UNSUPPORTED' })
  t.match(await pool.derive(await jobFor(await photo(), { maxPixels: 1000 })), {
    outcome: 'bad-input',
    code: 'TT_IMAGE_TOO_LARGE',
  })
  t.same(await keysUnder(store, renditionPrefix(cut.imageId)), [])
  t.same(await spooled(), [])
  t.equal(pool.stats().started, 1, 'no child was lost')
})

t.test('an original that is not there', async (t) => {
  const { pool, jobFor } = await createLab(t)
  const job = await jobFor(await photo())
  t.same(await pool.derive({ ...job, originalKey: originalKey(uuidv7()) }), { outcome: 'missing' })
})

t.test('a store that is away is a fault, and no picture’s', async (t) => {
  // Port 1 refuses connections.
  const { pool, jobFor } = await createLab(t, {
    childEnv: { STORE_URL: 's3://key:secret-secret@127.0.0.1:1/bucket?region=us-east-1&tls=false' },
  })
  const outcome = await pool.derive(await jobFor(await photo()))
  t.match(outcome, { outcome: 'fault', message: String })
  t.notMatch(JSON.stringify(outcome), /secret-secret/)
})

t.test('signals that a whole group gets end no job', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1 })
  const job = await jobFor(await photo())
  await pool.derive(job)
  const [pid = 0] = pool.children()
  process.kill(pid, 'SIGINT')
  process.kill(pid, 'SIGTERM')
  t.match(await pool.derive(job), { outcome: 'derived' })
  t.same(pool.children(), [pid])
})
