import { TIER_DEFAULTS } from '@tintype/domain'
import t from 'tap'
import {
  createTier,
  createUser,
  deleteTier,
  findDefaultTier,
  findTier,
  findUser,
  listAudit,
  listTiers,
  updateTier,
  updateUser,
} from '../src/index.ts'
import { BY, makeTier, makeUser, openMigrated, uniqueName } from './fixtures.ts'

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
  t.strictSame((await listTiers(database)).at(-1), { ...made.tier, users: 0 })
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

t.test('a tier is deleted when nobody has it, or with its users moved', async (t) => {
  const database = await openMigrated(t)
  const [tier, target] = [await makeTier(database), await makeTier(database)]
  const user = await makeUser(database, { tier })
  const counted = async () => (await listTiers(database)).find(({ id }) => id === tier.id)?.users
  t.equal(await counted(), 1)
  t.strictSame(await deleteTier(database, tier.id, {}, BY), { outcome: 'in-use', users: 1 })
  const unknown = { outcome: 'unknown-target' }
  t.strictSame(await deleteTier(database, tier.id, { moveTo: tier.id }, BY), unknown)
  t.strictSame(await deleteTier(database, tier.id, { moveTo: user.id }, BY), unknown)
  t.strictSame(await listAudit(database, { limit: 9 }), [])
  t.strictSame(await deleteTier(database, tier.id, { moveTo: target.id }, BY), {
    outcome: 'deleted',
    moved: 1,
  })
  t.match(await findUser(database, user.id), { tier: { id: target.id } })
  t.match(await listAudit(database, { limit: 9 }), [
    {
      action: 'tier.delete',
      subjectId: tier.id,
      before: { name: tier.name },
      after: { movedTo: target.name, users: 1 },
    },
  ])
  t.strictSame(await deleteTier(database, tier.id, {}, BY), { outcome: 'not-found' })
  const basic = await findDefaultTier(database)
  t.strictSame(await deleteTier(database, basic.id, { moveTo: target.id }, BY), { outcome: 'default-tier' })
})

t.test('a tier is deleted while users are put into it, and edits of others go on', async (t) => {
  const database = await openMigrated(t)
  for (let round = 0; round < 8; round += 1) {
    const [tier, target] = [await makeTier(database), await makeTier(database)]
    const users = await Promise.all([
      ...Array.from({ length: 3 }, () => makeUser(database, { tier })),
      ...Array.from({ length: 3 }, () => makeUser(database, { tier: target, role: 'admin' })),
      makeUser(database),
    ])
    const into = { tierId: tier.id }
    const moveTo = round % 2 === 0 ? target.id : undefined
    const newcomer = {
      username: uniqueName('new'),
      passwordHash: 'h',
      role: 'user' as const,
      tierId: tier.id,
    }
    const [deletion, made, ...moves] = await Promise.all([
      deleteTier(database, tier.id, { moveTo }, BY),
      createUser(database, newcomer),
      ...users.map((user, index) =>
        updateUser(database, user.id, index % 3 === 0 ? { disabled: true } : into),
      ),
      // The other way round: the two would wait for each other if they locked in another order.
      updateUser(database, users[0]?.id ?? '', { tierId: target.id }),
    ])
    if (moveTo === undefined) {
      t.equal(deletion.outcome, 'in-use')
      continue
    }
    t.equal(deletion.outcome, 'deleted')
    const allowed = ['saved', 'unknown-tier']
    for (const { outcome } of [made, ...moves]) t.ok(allowed.includes(outcome), outcome)
    const tiersOfUsers = await Promise.all(users.map(({ id }) => findUser(database, id)))
    t.ok(tiersOfUsers.every((user) => user !== undefined && user.tier.id !== tier.id))
  }
})

t.test('one tier is the default one, whatever is made, edited and deleted at once', async (t) => {
  const database = await openMigrated(t)
  const made = await Promise.all(Array.from({ length: 6 }, () => makeTier(database)))
  let watching = true
  const counts: number[] = []
  const watch = (async () => {
    while (watching) counts.push((await listTiers(database)).filter((tier) => tier.isDefault).length)
  })()
  const basic = await findDefaultTier(database)
  const work = Promise.all([
    ...made.map(({ id }) => updateTier(database, id, { isDefault: true }, anything)),
    ...made.map(({ id }, index) => deleteTier(database, id, index % 2 === 0 ? {} : { moveTo: basic.id }, BY)),
    ...made.map(() => createTier(database, fields(uniqueName('tier'), true))),
    ...made.map(({ id }) => updateTier(database, id, { isDefault: false }, anything)),
  ])
  await work.finally(() => {
    watching = false
  })
  await watch
  t.ok(counts.length > 0)
  t.strictSame([...new Set(counts)], [1])
})
