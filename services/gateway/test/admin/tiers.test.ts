import { randomBytes } from 'node:crypto'
import { TIER_DEFAULTS, TIER_LIMITS, uuidv7 } from '@tintype/domain'
import { createUser, type ProblemBody } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { startGateway } from '../gateway.ts'

interface TierBody {
  id: string
  name: string
  thumbnailHeights: number[]
  isDefault: boolean
  version: number
  [field: string]: unknown
}

// Its own: it changes which tier is the default.
const gateway = await startGateway(t)
const admin = await gateway.signInAsAdmin()
const newName = () => `tier ${randomBytes(4).toString('hex')}`
const make = (fields: object) =>
  admin.post<TierBody & ProblemBody>('/v1/admin/tiers', { name: newName(), ...fields })
const change = (id: string, fields: unknown) =>
  admin.patch<TierBody & ProblemBody>(`/v1/admin/tiers/${id}`, fields)
const list = async () => (await admin.get<{ items: TierBody[] }>('/v1/admin/tiers')).body.items
const defaults = async () => (await list()).filter((tier) => tier.isDefault).map((tier) => tier.name)

t.test('the three that come built in', async (t) => {
  t.match(await list(), [
    {
      name: 'Basic',
      thumbnailHeights: [200],
      originalAccess: false,
      linkAccess: false,
      isDefault: true,
      version: 1,
    },
    {
      name: 'Enterprise',
      thumbnailHeights: [200, 400],
      originalAccess: true,
      linkAccess: true,
      linkMinSeconds: 300,
      linkMaxSeconds: 30_000,
    },
    {
      name: 'Premium',
      thumbnailHeights: [200, 400],
      originalAccess: true,
      linkAccess: false,
      isDefault: false,
    },
  ])
})

t.test('a new tier has what it says, and the defaults', async (t) => {
  const fields = { name: newName(), thumbnailHeights: [64, 4096, 1], linkAccess: true, quotaBytes: 0 }
  const made = await make(fields)
  t.equal(made.status, 201)
  t.match(made.body, { ...TIER_DEFAULTS, ...fields, isDefault: false, version: 1 })
  t.strictSame((await admin.get(`/v1/admin/tiers/${made.body.id}`)).body, made.body)
  t.strictSame((await list()).at(-1), { ...made.body, users: 0 })
})

t.test('an edit changes what it names, and raises the version', async (t) => {
  const { body: tier } = await make({ quotaImages: 7 })
  const edited = await change(tier.id, { originalAccess: true, thumbnailHeights: [] })
  t.equal(edited.status, 200)
  t.strictSame(edited.body, { ...tier, originalAccess: true, thumbnailHeights: [], version: 2 })
  const versions = await Promise.all(
    Array.from({ length: 5 }, (_, index) => change(tier.id, { maxPixels: 1000 + index })),
  )
  t.strictSame(versions.map(({ body }) => body.version).toSorted(), [3, 4, 5, 6, 7], 'each edit has its own')
})

t.test('names are of one tier each, in any case', async (t) => {
  t.match(await make({ name: 'BASIC' }), {
    status: 409,
    body: { code: 'TT_TIER_NAME_TAKEN', details: { field: 'name' } },
  })
  const { body: tier } = await make({})
  t.match(await change(tier.id, { name: 'premium' }), { status: 409, body: { code: 'TT_TIER_NAME_TAKEN' } })
  t.match(await change(tier.id, { name: tier.name.toUpperCase() }), { status: 200 }, 'its own is no other’s')
})

t.test('one tier is the default one', async (t) => {
  const { body: first } = await make({ isDefault: true })
  t.strictSame(await defaults(), [first.name])
  t.match(
    (await admin.post('/v1/admin/users', { username: 'by-default', password: 'twelve characters' })).body,
    {
      tier: { name: first.name },
    },
  )
  t.match(await change(first.id, { isDefault: false }), {
    status: 409,
    body: { code: 'TT_DEFAULT_TIER_NEEDED', details: { field: 'isDefault' } },
  })
  const basic = (await list()).find((tier) => tier.name === 'Basic')
  t.match(await change(basic?.id ?? '', { isDefault: true }), { status: 200, body: { isDefault: true } })
  t.strictSame(await defaults(), ['Basic'])
  const many = await Promise.all(Array.from({ length: 5 }, () => make({ isDefault: true })))
  t.ok(
    many.every(({ status }) => status === 201),
    'five at once',
  )
  t.equal((await defaults()).length, 1)
})

t.test('fields that are wrong are named, and nothing is changed', async (t) => {
  const { body: tier } = await make({})
  const L = TIER_LIMITS
  const BAD: [fields: object, field: string][] = [
    [{ name: '' }, 'name'],
    [{ name: ' x' }, 'name'],
    [{ name: 'x\u0000y' }, 'name'],
    [{ name: 'x\ny' }, 'name'],
    [{ name: 'x'.repeat(65) }, 'name'],
    [{ thumbnailHeights: [200, 200] }, 'thumbnailHeights'],
    [{ thumbnailHeights: [0] }, 'thumbnailHeights.0'],
    [{ thumbnailHeights: [200, 4097] }, 'thumbnailHeights.1'],
    [{ thumbnailHeights: [1.5] }, 'thumbnailHeights.0'],
    [{ thumbnailHeights: ['two'] }, 'thumbnailHeights.0'],
    [{ thumbnailHeights: Array.from({ length: 17 }, (_, index) => index + 1) }, 'thumbnailHeights'],
    [{ thumbnailHeights: null }, 'thumbnailHeights'],
    [{ linkMinSeconds: 0 }, 'linkMinSeconds'],
    [{ linkMaxSeconds: L.linkSeconds + 1 }, 'linkMaxSeconds'],
    [{ linkMinSeconds: 601, linkMaxSeconds: 600 }, 'linkMinSeconds'],
    [{ maxUploadBytes: 0 }, 'maxUploadBytes'],
    [{ maxUploadBytes: L.uploadBytes + 1 }, 'maxUploadBytes'],
    [{ maxPixels: L.pixels + 1 }, 'maxPixels'],
    [{ quotaBytes: -1 }, 'quotaBytes'],
    [{ quotaBytes: 1e300 }, 'quotaBytes'],
    [{ quotaBytes: null }, 'quotaBytes'],
    [{ quotaImages: 2 ** 31 }, 'quotaImages'],
    [{ generation: 'sometimes' }, 'generation'],
    [{ originalAccess: 'perhaps' }, 'originalAccess'],
    [{ originalAccess: null }, 'originalAccess'],
    [{ version: 7 }, 'version'],
    [{ id: uuidv7() }, 'id'],
    [{ colour: 'red' }, 'colour'],
  ]
  for (const [fields, field] of BAD) {
    for (const answer of [await make(fields), await change(tier.id, fields)]) {
      t.equal(answer.status, 400, JSON.stringify(fields).slice(0, 60))
      const details = [answer.body.details].flat() as { field: string }[]
      t.ok(
        details.some((detail) => detail.field === field),
        `${field} is named`,
      )
      t.match(answer.body.message, field, 'in the sentence too')
    }
  }
  t.equal((await change(tier.id, {})).status, 400, 'nothing is no edit')
  t.match(
    await change(tier.id, { linkMinSeconds: 30_001 }),
    { status: 400, body: { code: 'TT_BAD_TIER' } },
    'against what is kept',
  )
  t.strictSame((await admin.get(`/v1/admin/tiers/${tier.id}`)).body, tier)
  t.equal((await admin.post('/v1/admin/tiers', { quotaBytes: 1 })).status, 400, 'a new one needs a name')
})

t.test('no such tier', async (t) => {
  for (const id of [uuidv7(), 'Basic', '%00']) {
    t.equal((await admin.get(`/v1/admin/tiers/${id}`)).status, 404)
    t.equal((await change(id, { linkAccess: true })).status, 404)
  }
})

t.test('an edit is seen by the tier’s people at once', async (t) => {
  const { body: tier } = await make({ thumbnailHeights: [100] })
  const { client } = await createUser(admin, { tier: tier.id })
  await change(tier.id, { thumbnailHeights: [100, 300], quotaBytes: 12 })
  t.match((await client.get('/v1/me')).body, {
    tier: { thumbnailHeights: [100, 300], version: 2 },
    usage: { quotaBytes: 12 },
  })
})

t.test('conduct', (t) => checkConduct(t, gateway))
