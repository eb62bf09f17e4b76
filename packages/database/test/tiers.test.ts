import { TIER_DEFAULTS } from '@tintype/domain'
import t from 'tap'
import { createTier, findDefaultTier, findTier, listTiers, updateTier } from '../src/index.ts'
import { makeTier, openMigrated, uniqueName } from './fixtures.ts'

const fields = (name: string, isDefault = false) => ({ ...TIER_DEFAULTS, name, isDefault })
const anything = () => {}

t.test('a tier is made as asked', async (t) => {
  const database = await openMigrated(t)
  const grants = {
    ...TIER_DEFAULTS,
    thumbnailHeights: [64, 128],
    quotaBytes: 2 ** 45,
    generation: 'lazy' as const,
  }
  const made = await createTier(database, { ...grants, name: 'Studio', isDefault: false })
  t.match(made, { outcome: 'saved', tier: { ...grants, name: 'Studio', isDefault: false, version: 1 } })
  if (made.outcome !== 'saved') return
  t.strictSame(await findTier(database, made.tier.id), made.tier)
  t.strictSame(await findTier(database, 'sTUDIO'), made.tier)
  t.equal(await findTier(database, 'nothing'), undefined)
  t.equal(await findTier(database, '00000000-0000-7000-8000-000000000000'), undefined)
  t.strictSame((await listTiers(database)).at(-1), made.tier)
})

t.test('an id goes before a name that reads like it', async (t) => {
  const database = await openMigrated(t)
  // Rows are found in the order they were written, so the impostor comes first without an order.
  const impostor = await makeTier(database)
  const tier = await makeTier(database)
  await updateTier(database, tier.id, { quotaImages: 7 }, anything)
  t.match(await updateTier(database, impostor.id, { name: tier.id }, anything), { outcome: 'saved' })
  await updateTier(database, tier.id, { quotaImages: 8 }, anything)
  t.equal((await findTier(database, tier.id))?.id, tier.id)
})

t.test('names are unique in any case', async (t) => {
  const database = await openMigrated(t)
  t.strictSame(await createTier(database, fields('BASIC')), { outcome: 'name-taken' })
  const tier = await makeTier(database)
  t.strictSame(await updateTier(database, tier.id, { name: 'premium' }, anything), { outcome: 'name-taken' })
  const twice = await Promise.all([
    createTier(database, fields('Twice')),
    createTier(database, fields('twice')),
  ])
  t.strictSame(twice.map((one) => one.outcome).toSorted(), ['name-taken', 'saved'])
})

t.test('an edit raises the version and touches what it names alone', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database, { thumbnailHeights: [100], linkAccess: true })
  const edited = await updateTier(database, tier.id, { thumbnailHeights: [100, 300] }, anything)
  t.strictSame(edited, { outcome: 'saved', tier: { ...tier, thumbnailHeights: [100, 300], version: 2 } })
  t.strictSame(await updateTier(database, '00000000-0000-7000-8000-000000000000', {}, anything), {
    outcome: 'not-found',
  })
})

t.test('edits at once are all counted', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database)
  await Promise.all([1, 2, 3, 4, 5].map((n) => updateTier(database, tier.id, { quotaImages: n }, anything)))
  t.equal((await findTier(database, tier.id))?.version, 6)
})

t.test('the check sees the tier as it will be, and refuses it', async (t) => {
  const database = await openMigrated(t)
  const tier = await makeTier(database, { linkMinSeconds: 600 })
  const refusal = new Error('the longest life is shorter than the shortest')
  await t.rejects(
    updateTier(database, tier.id, { linkMaxSeconds: 500 }, (will) => {
      t.match(will, { id: tier.id, linkMinSeconds: 600, linkMaxSeconds: 500 })
      throw refusal
    }),
    refusal,
  )
  t.strictSame(await findTier(database, tier.id), tier)
})

t.test('there is one default tier at all times', async (t) => {
  const database = await openMigrated(t)
  const defaults = async () =>
    (await listTiers(database)).filter((one) => one.isDefault).map((one) => one.name)
  const basic = await findDefaultTier(database)
  t.equal(basic.name, 'Basic')
  t.strictSame(await updateTier(database, basic.id, { isDefault: false }, anything), {
    outcome: 'no-default',
  })
  t.match(await updateTier(database, basic.id, { isDefault: true }, anything), { outcome: 'saved' })

  await createTier(database, fields('Made', true))
  t.strictSame(await defaults(), ['Made'])
  t.match(await updateTier(database, basic.id, { isDefault: true }, anything), { tier: { isDefault: true } })
  t.strictSame(await defaults(), ['Basic'])

  const refused = createTier(database, fields('made', true))
  t.strictSame(await refused, { outcome: 'name-taken' })
  t.strictSame(await defaults(), ['Basic'], 'one that is refused leaves the old default')
})

t.test('many become the default one at once, and one is it', async (t) => {
  const database = await openMigrated(t)
  const tiers = await Promise.all([1, 2, 3, 4].map(() => makeTier(database)))
  const outcomes = await Promise.all([
    ...tiers.map(({ id }) => updateTier(database, id, { isDefault: true }, anything)),
    createTier(database, fields(uniqueName('tier'), true)),
  ])
  t.ok(
    outcomes.every(({ outcome }) => outcome === 'saved'),
    JSON.stringify(outcomes.map(({ outcome }) => outcome)),
  )
  t.equal((await listTiers(database)).filter((one) => one.isDefault).length, 1)
})
