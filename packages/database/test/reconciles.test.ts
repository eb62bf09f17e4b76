import type { Lane, Tier } from '@tintype/domain'
import t, { type Test } from 'tap'
import {
  advanceReconcile,
  type Database,
  findReconcile,
  type Image,
  listIdleReconciles,
  markDeleting,
  previewTier,
  publishRenditions,
  type TierFields,
  updateTier,
} from '../src/index.ts'
import { sql } from '../src/orm.ts'
import { makeImage, makeTier, makeUser, openMigrated } from './fixtures.ts'

async function setUp(t: Test, count: number) {
  const database = await openMigrated(t)
  const tier = await makeTier(database)
  const owner = await makeUser(database, { tier })
  const images: Image[] = []
  for (let made = 0; made < count; made += 1) images.push(await makeImage(database, owner))
  for (const { id } of images)
    await publishRenditions(database, id, { width: 1, height: 1, thumbhash: '', files: [] })
  return { database, tier, owner, images: images.map(({ id }) => id).sort() }
}

async function edit(database: Database, tier: Tier, changes: Partial<TierFields>): Promise<Tier> {
  const saved = await updateTier(database, tier.id, changes, () => {})
  if (saved.outcome !== 'saved') throw new Error(saved.outcome)
  return saved.tier
}

async function wanted({ db }: Database): Promise<Record<string, string[]>> {
  const rows = await db.execute<{ id: string; names: string[] }>(sql`
    SELECT image_id AS id, array_agg(name ORDER BY name) AS names FROM renditions
    WHERE object_key IS NULL AND failure_code IS NULL GROUP BY image_id`)
  return Object.fromEntries(rows.map(({ id, names }) => [id, names]))
}

const lanesOf = (ids: string[], lanes: Lane[]) =>
  ids.flatMap((imageId) => lanes.map((lane) => ({ imageId, lane })))
const thumbnailsOf = (ids: string[]) => lanesOf(ids, ['thumbnails'])

t.test('what was gained becomes wanted of every image, batch by batch', async (t) => {
  const { database, tier, images } = await setUp(t, 5)
  const outsider = await makeImage(database, await makeUser(database))
  const edited = await edit(database, tier, { thumbnailHeights: [200, 400], conversionFormats: ['png'] })
  t.strictSame(await wanted(database), {}, 'the edit itself touches no image')
  t.match(await findReconcile(database, tier.id), {
    version: 2,
    imagesTotal: 5,
    imagesDone: 0,
    finishedAt: null,
  })

  const run = { tierId: tier.id, version: edited.version, batch: 2 }
  t.strictSame(await advanceReconcile(database, run), {
    outcome: 'advanced',
    finished: false,
    wanted: lanesOf(images.slice(0, 2), ['thumbnails', 'conversions']),
  })
  t.match(await findReconcile(database, tier.id), { imagesTotal: 5, imagesDone: 2, finishedAt: null })
  await advanceReconcile(database, run)
  t.match(await advanceReconcile(database, run), {
    finished: true,
    wanted: lanesOf(images.slice(4), ['thumbnails', 'conversions']),
  })
  t.match(await findReconcile(database, tier.id), { imagesTotal: 5, imagesDone: 5, finishedAt: Date })
  t.strictSame(await advanceReconcile(database, run), { outcome: 'superseded' })
  t.strictSame(await wanted(database), Object.fromEntries(images.map((id) => [id, ['full.png', 'h400']])))
  t.notOk(outsider.id in (await wanted(database)))
})

t.test('an edit that gains nothing, or of a lazy tier, starts no run', async (t) => {
  const { database, tier } = await setUp(t, 1)
  await edit(database, tier, { quotaImages: 7, thumbnailHeights: [] })
  t.equal(await findReconcile(database, tier.id), undefined)
  await edit(database, tier, { generation: 'lazy', thumbnailHeights: [200, 400] })
  t.equal(await findReconcile(database, tier.id), undefined)
  await edit(database, tier, { generation: 'eager' })
  t.match(await findReconcile(database, tier.id), { version: 4, imagesTotal: 1 }, 'all is gained then')
})

t.test('edited again while a run is under way', async (t) => {
  const { database, tier, images } = await setUp(t, 4)
  const first = await edit(database, tier, { thumbnailHeights: [200, 300, 400] })
  await advanceReconcile(database, { tierId: tier.id, version: first.version, batch: 2 })
  const second = await edit(database, first, { thumbnailHeights: [200, 400, 500] })
  t.strictSame(
    await advanceReconcile(database, { tierId: tier.id, version: first.version, batch: 2 }),
    { outcome: 'superseded' },
    'the older run ends',
  )
  t.match(await findReconcile(database, tier.id), { version: 3, imagesTotal: 4, imagesDone: 0 })
  const run = { tierId: tier.id, version: second.version, batch: 3 }
  t.match(await advanceReconcile(database, run), { finished: false })
  t.match(await advanceReconcile(database, run), { finished: true })
  const names = await wanted(database)
  for (const id of images) {
    t.ok(names[id]?.includes('h400'), 'what the first run had left to do')
    t.ok(names[id]?.includes('h500'), 'what the second edit gained')
  }
  t.strictSame(
    images.map((id) => names[id]?.includes('h300')),
    [true, true, false, false],
    'what was lost meanwhile is asked for no more',
  )
})

t.test(
  'an edit that gains nothing more goes on from the cursor; one that takes all back ends the run',
  async (t) => {
    const { database, tier, images } = await setUp(t, 3)
    const first = await edit(database, tier, { thumbnailHeights: [200, 400] })
    await advanceReconcile(database, { tierId: tier.id, version: first.version, batch: 2 })
    const second = await edit(database, first, { quotaImages: 7 })
    t.match(await findReconcile(database, tier.id), {
      version: second.version,
      imagesTotal: 3,
      imagesDone: 2,
    })
    t.match(await advanceReconcile(database, { tierId: tier.id, version: second.version, batch: 2 }), {
      finished: true,
      wanted: thumbnailsOf(images.slice(2)),
    })
    const third = await edit(database, second, { thumbnailHeights: [200, 400, 600] })
    await edit(database, third, { thumbnailHeights: [200] })
    t.match(await findReconcile(database, tier.id), { version: 5, finishedAt: Date })
  },
)

t.test('images that are pending, failed, deleted, or have it already', async (t) => {
  const { database, tier, owner, images } = await setUp(t, 3)
  const pending = await makeImage(database, owner)
  const [has = '', failed = '', deleted = ''] = images
  const file = { name: 'h400', key: 'k', format: 'jpeg', width: 1, height: 1, bytes: 1 } as const
  await publishRenditions(database, has, { width: 1, height: 1, thumbhash: '', files: [file] })
  await database.db.execute(sql`UPDATE images SET state = 'failed', failure_code = 'x' WHERE id = ${failed}`)
  const edited = await edit(database, tier, { thumbnailHeights: [200, 400] })
  await markDeleting(database, owner.id, deleted)
  t.strictSame(await advanceReconcile(database, { tierId: tier.id, version: edited.version, batch: 9 }), {
    outcome: 'advanced',
    finished: true,
    wanted: thumbnailsOf([pending.id]),
  })
  t.match(await findReconcile(database, tier.id), { imagesTotal: 3, imagesDone: 3 })
})

t.test('two workers at once take each image once', async (t) => {
  const { database, tier, images } = await setUp(t, 12)
  const { version } = await edit(database, tier, { thumbnailHeights: [200, 400] })
  const steps = await Promise.all(
    Array.from({ length: 6 }, () => advanceReconcile(database, { tierId: tier.id, version, batch: 3 })),
  )
  const seen = steps.flatMap((step) =>
    step.outcome === 'advanced' ? step.wanted.map(({ imageId }) => imageId) : [],
  )
  t.strictSame(seen.toSorted(), images)
  t.match(await findReconcile(database, tier.id), { imagesDone: 12, imagesTotal: 12, finishedAt: Date })
})

t.test('runs without progress are found', async (t) => {
  const { database, tier } = await setUp(t, 1)
  const { version } = await edit(database, tier, { thumbnailHeights: [200, 400] })
  t.strictSame(await listIdleReconciles(database, { idleSeconds: 60, limit: 9 }), [])
  await database.db.execute(sql`UPDATE reconciles SET progress_at = now() - interval '61 s'`)
  t.strictSame(await listIdleReconciles(database, { idleSeconds: 60, limit: 9 }), [
    { tierId: tier.id, version },
  ])
  await advanceReconcile(database, { tierId: tier.id, version, batch: 9 })
  t.strictSame(await listIdleReconciles(database, { idleSeconds: 0, limit: 9 }), [])
})

t.test('a gained format is wanted of every picture that is not in it already', async (t) => {
  const { database, tier, owner, images } = await setUp(t, 1)
  const png = await makeImage(database, owner, { format: 'png' })
  const { version } = await edit(database, tier, { conversionFormats: ['png', 'avif'] })
  const step = await advanceReconcile(database, { tierId: tier.id, version, batch: 9 })
  t.same(
    step.outcome === 'advanced' ? new Set(step.wanted.map((one) => JSON.stringify(one))) : undefined,
    new Set(
      [
        { imageId: images[0], lane: 'conversions' },
        { imageId: images[0], lane: 'avif' },
        { imageId: png.id, lane: 'avif' },
      ].map((one) => JSON.stringify(one)),
    ),
  )
})

t.test('what an edit would do is what it then does', async (t) => {
  const { database, tier, owner, images } = await setUp(t, 3)
  const [first = ''] = images
  await publishRenditions(database, first, {
    width: 1,
    height: 1,
    thumbhash: '',
    files: [{ name: 'h400', key: 'k', width: 1, height: 1, format: 'jpeg', bytes: 1 }],
  })
  const changes = { thumbnailHeights: [400, 64], conversionFormats: ['png' as const], quotaImages: 2 }
  const preview = await previewTier(database, tier.id, changes)
  t.match(preview, {
    tier: { ...tier, ...changes },
    users: 1,
    usersOverQuota: 1,
    images: 3,
    gained: ['h400', 'h64', 'full.png'],
    lost: ['h200'],
    estimated: false,
  })
  t.match(await previewTier(database, tier.id, { quotaImages: 3 }), {
    usersOverQuota: 0,
    gained: [],
    lost: [],
    renditions: 0,
  })
  t.match(await previewTier(database, tier.id, { ...changes, generation: 'lazy' }), { renditions: 0 })
  t.equal(await previewTier(database, owner.id, changes), undefined, 'there is no such tier')
  t.equal(await findReconcile(database, tier.id), undefined, 'nothing is changed')

  const { version } = await edit(database, tier, changes)
  await advanceReconcile(database, { tierId: tier.id, version, batch: 10 })
  t.equal(Object.values(await wanted(database)).flat().length, preview?.renditions)
  t.equal(preview?.renditions, 8)
})
