import {
  findVerification,
  listVerificationFindings,
  markDeleting,
  startVerification,
  stopVerification,
} from '@tintype/database'
import { originalKey, renditionKey, stagingKey, uuidv7 } from '@tintype/domain'
import { createObjectStore, type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { createTestFileStore } from '@tintype/testkit'
import t from 'tap'
import { sweepVerifications } from '../../src/verification/verify.ts'
import type { Bench } from '../bench.ts'
import { BYTES, PUT } from '../upkeep/sweeping.ts'
import { addSound, BY, openVerifier, put } from './verifying.ts'

/** One of everything that can be wrong, among what is right. */
async function addTrouble(bench: Bench) {
  const sound = [await addSound(bench), await addSound(bench)]
  const lost = await addSound(bench)
  await bench.store.delete(originalKey(lost.id))
  const short = await addSound(bench)
  await put(bench, originalKey(short.id), 'short')
  const rotten = await addSound(bench)
  await put(bench, originalKey(rotten.id), 'x'.repeat(BYTES.length))
  const unmade = await addSound(bench)
  await bench.store.delete(unmade.key)
  const cut = await addSound(bench)
  await put(bench, cut.key, 'cut')
  const deleting = await addSound(bench)
  await markDeleting(bench.database, bench.ownerId, deleting.id)
  await bench.store.delete(originalKey(deleting.id))
  sound.push(await addSound(bench))
  const orphans = {
    rendition: renditionKey(sound[0]?.id ?? '', 'h400', uuidv7(), 'jpg'),
    original: uuidv7(),
    upload: uuidv7(),
  }
  await put(bench, orphans.rendition, 'nobody’s')
  await put(bench, originalKey(orphans.original), 'nobody’s')
  await put(bench, stagingKey(orphans.upload), 'nobody’s')
  for (const key of ['originals/notes.txt', 'renditions/readme', 'staging/x']) await put(bench, key, 'notes')
  await bench.query('UPDATE users SET used_bytes = used_bytes + 7')
  return { sound, lost, short, rotten, unmade, cut, deleting, orphans }
}

function expectedFindings(bench: Bench, trouble: Awaited<ReturnType<typeof addTrouble>>, mended: boolean) {
  const { sound, lost, short, unmade, cut, orphans } = trouble
  const lying = [orphans.original, sound[0]?.id ?? '', orphans.upload].sort()
  return [
    { problem: 'original-missing', subjectId: lost.id, mended: false },
    { problem: 'original-size', subjectId: short.id, mended: false },
    ...lying.map((subjectId) => ({ problem: 'orphan', subjectId, mended })),
    { problem: 'rendition-missing', subjectId: unmade.id, mended },
    { problem: 'rendition-size', subjectId: cut.id, mended },
    { problem: 'usage', subjectId: bench.ownerId, mended },
  ]
}

t.test('all that is wrong is found, part by part, and nothing is changed', async (t) => {
  const bench = await openVerifier(t)
  const trouble = await addTrouble(bench)
  const before = await bench.keysInStore()
  for (const batch of [1000, 1, 3]) {
    const { findings, ...run } = await bench.verify({}, { batch })
    t.same(findings, expectedFindings(bench, trouble, false), `${batch} at a time`)
    t.match(run, { state: 'done', found: 8, mended: 0, imagesDone: 9, imagesTotal: 9, bytesHashed: 0 })
  }
  t.same(await bench.keysInStore(), before)
  t.same(bench.enqueued, [])

  const young = await bench.verify({}, { minAgeSeconds: 3600 })
  t.notOk(
    young.findings.some(({ problem }) => problem === 'orphan'),
    'young objects may get their row',
  )
})

t.test('what is mended is right afterwards', async (t) => {
  const bench = await openVerifier(t)
  const trouble = await addTrouble(bench)
  const kept = await bench.verify({ repair: true }, { owns: false })
  t.match(
    kept.findings.filter(({ problem }) => problem === 'orphan'),
    [{ mended: false }, { mended: false }, { mended: false }],
    'nothing is deleted from a store that is not its own',
  )
  t.same(
    bench.enqueued,
    [trouble.unmade, trouble.cut].map(({ id }) => `thumbnails ${id}`),
    'what is lost is made again',
  )
  for (const { id } of [trouble.unmade, trouble.cut]) {
    t.match(await bench.renditions(id), [{ name: 'h200', key: null, failureCode: null }])
  }
  t.notOk(await bench.store.head(trouble.cut.key), 'and what is left of it goes')

  const mended = await bench.verify({ repair: true }, { batch: 2 })
  t.match(mended, { found: 5, mended: 3 })
  const after = await bench.verify()
  t.match(after, { found: 2 })
  t.match(after.findings, [
    { problem: 'original-missing', subjectId: trouble.lost.id },
    { problem: 'original-size', subjectId: trouble.short.id },
  ])
  t.ok(await bench.store.head('originals/notes.txt'), 'what is not the product’s stays')
  for (const { id, key } of trouble.sound)
    t.ok((await bench.store.head(originalKey(id))) && (await bench.store.head(key)))
})

t.test('hashes are compared when asked for', async (t) => {
  const bench = await openVerifier(t)
  const { rotten, sound, lost, short, unmade, cut } = await addTrouble(bench)
  const { findings, bytesHashed } = await bench.verify({ hash: true }, { batch: 10 })
  t.match(
    findings.filter(({ problem }) => problem === 'original-hash'),
    [{ problem: 'original-hash', subjectId: rotten.id, mended: false }],
  )
  t.equal(
    bytesHashed,
    [rotten, ...sound, unmade, cut].length * BYTES.length,
    'of those that are as long as they were',
  )

  const unreadable: ObjectStore = {
    ...bench.store,
    get: async (key, options) => {
      if (key === originalKey(cut.id)) throw new StoreUnavailable('get', new Error('EIO'))
      return bench.store.get(key, options)
    },
  }
  const found = await bench.verify({ hash: true }, { store: unreadable })
  t.match(
    found.findings.filter(({ problem }) => /missing|size|unreadable/.test(problem)).slice(0, 3),
    [
      { problem: 'original-missing', subjectId: lost.id },
      { problem: 'original-size', subjectId: short.id },
      { problem: 'original-unreadable', subjectId: cut.id },
    ],
    'an object that cannot be read holds up no other',
  )
  const away: ObjectStore = {
    ...unreadable,
    ping: () => Promise.reject(new StoreUnavailable('answer', new Error())),
  }
  await t.rejects(bench.verify({ hash: true }, { store: away }), { code: 'TT_STORE_UNAVAILABLE' })
})

t.test('what happens meanwhile is no finding', async (t) => {
  const bench = await openVerifier(t)
  const [first, second, third] = [await addSound(bench), await addSound(bench), await addSound(bench)]
  let isListed = false
  const store: ObjectStore = {
    ...bench.store,
    async *list(prefix, options) {
      if (!isListed) {
        isListed = true
        // Between the reading of the rows and of the keys.
        await markDeleting(bench.database, bench.ownerId, first.id)
        await bench.store.delete(originalKey(first.id))
        await bench.query(`DELETE FROM renditions WHERE image_id = '${second.id}'`)
        await bench.store.delete(second.key)
        const key = renditionKey(third.id, 'h200', uuidv7(), 'jpg')
        await bench.store.put(key, BYTES, PUT)
        await bench.query(`UPDATE renditions SET object_key = '${key}' WHERE image_id = '${third.id}'`)
        await bench.store.delete(third.key)
        await addSound(bench)
      }
      yield* bench.store.list(prefix, options)
    },
  }
  t.match(await bench.verify({ repair: true }, { store }), { state: 'done', findings: [] })
})

t.test('a store that is away is no store without objects', async (t) => {
  const bench = await openVerifier(t)
  await addSound(bench)
  const store: ObjectStore = {
    ...bench.store,
    async *list() {},
    ping: () => Promise.reject(new StoreUnavailable('answer', new Error('not mounted'))),
  }
  await t.rejects(bench.verify({ repair: true }, { store }), { code: 'TT_STORE_UNAVAILABLE' })
  t.match(await bench.query('SELECT found, state FROM verifications'), [{ found: 0, state: 'running' }])
})

t.test('nothing is changed for a wrong store, in which everything is missing', async (t) => {
  const bench = await openVerifier(t)
  const { id, key } = await addSound(bench)
  const { storeUrl } = await createTestFileStore(t)
  const store = await createObjectStore(storeUrl)
  t.teardown(() => store.close())
  t.match(await bench.verify({ repair: true }, { store }), { state: 'done', found: 2, mended: 0 })
  t.match(await bench.renditions(id), [{ key }])
})

t.test('one runs at a time, is gone on with where it was, and can be stopped', async (t) => {
  const bench = await openVerifier(t)
  for (let count = 0; count < 4; count += 1) await bench.store.delete(originalKey((await addSound(bench)).id))
  const id = await bench.start()
  t.same(await startVerification(bench.database, { hash: true, repair: true }, BY), { outcome: 'running' })

  const stopping = new AbortController()
  let lists = 0
  const store: ObjectStore = {
    ...bench.store,
    list(prefix, options) {
      lists += 1
      // In the middle of the second part.
      if (lists === 4) stopping.abort()
      return bench.store.list(prefix, options)
    },
  }
  t.equal(await bench.goOn(id, { batch: 1, store, signal: stopping.signal }), 'paused')
  t.match(await findVerification(bench.database, id), { state: 'running', imagesDone: 1, found: 1 })
  t.equal(await bench.goOn(id, { sliceMs: -1 }), 'paused')

  t.same(await sweepVerifications(bench, { idleSeconds: 60 }), { enqueued: 0 })
  await bench.query(`UPDATE verifications SET progress_at = now() - interval '61 s'`)
  t.same(await sweepVerifications(bench, { idleSeconds: 60 }), { enqueued: 1 })
  t.same(bench.enqueued, [`verify ${id}`])

  t.same(
    await Promise.all([1, 2].map(() => bench.goOn(id, { batch: 1 }))),
    ['ended', 'ended'],
    'also twice at once',
  )
  t.match(await findVerification(bench.database, id), { state: 'done', imagesDone: 4, found: 4 })
  t.equal(
    (await listVerificationFindings(bench.database, id, { limit: 100 })).length,
    4,
    'nothing is told twice',
  )
  t.equal(await stopVerification(bench.database, id, BY), false)

  const next = await bench.start()
  t.equal(await stopVerification(bench.database, next, BY), true)
  t.equal(await bench.goOn(next), 'ended')
  t.match(await findVerification(bench.database, next), { state: 'stopped', imagesDone: 0 })
})
