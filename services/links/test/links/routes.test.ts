import { createTier, failDerivation, markDeleting } from '@tintype/database'
import { TIER_DEFAULTS, uuidv7 } from '@tintype/domain'
import { createClient, type ProblemBody } from '@tintype/testkit'
import t from 'tap'
import { type Issued, issue, type Owner, type Picture, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t)
const owner = await stage.addOwner()

interface Listed extends Issued {
  createdAt: string
  hasPassword: boolean
  filename?: string
}
interface List {
  items: Listed[]
  nextCursor: string | null
}

const post = (who: Owner, picture: Picture, body: unknown) =>
  who.client.post<ProblemBody & Issued>(`/v1/images/${picture.id}/links`, body)
const list = async (picture: Picture, query = '') =>
  (await owner.client.get<List>(`/v1/images/${picture.id}/links${query}`)).body

t.test('a new link', async (t) => {
  const picture = await stage.addImage(owner)
  const before = Date.now()
  const answer = await post(owner, picture, { target: 'original', expiresIn: 300, maxUses: 7 })
  t.equal(answer.status, 201)
  const { id, url, expiresAt, ...rest } = answer.body
  t.same(rest, { target: 'original', expiresIn: 300, usesLeft: 7 })
  t.match(id, /^[0-9a-f-]{36}$/)
  t.equal(answer.headers.get('location'), url)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const lifeMs = new Date(expiresAt).getTime() - before
  t.ok(lifeMs > 299_000 && lifeMs < 330_000, `${lifeMs} ms`)

  const plain = await post(owner, picture, { target: 'original' })
  t.equal(plain.body.expiresIn, 3600)
  t.notOk('usesLeft' in plain.body)
})

t.test('how long it lives', async (t) => {
  const picture = await stage.addImage(owner)
  for (const expiresIn of [300, 30_000]) {
    t.equal((await post(owner, picture, { target: 'original', expiresIn })).status, 201, String(expiresIn))
  }
  for (const expiresIn of [299, 30_001, 0, -1, 2 ** 53]) {
    const answer = await post(owner, picture, { target: 'original', expiresIn })
    t.equal(answer.status, 400, String(expiresIn))
    t.match(answer.body, {
      code: 'TT_EXPIRES_IN_OUT_OF_RANGE',
      message: /expiresIn.*300.*30000/,
      details: { field: 'expiresIn', min: 300, max: 30_000 },
    })
  }
  for (const expiresIn of [300.5, 'soon', null, true, [], {}]) {
    const answer = await post(owner, picture, { target: 'original', expiresIn })
    t.equal(answer.status, 400, JSON.stringify(expiresIn))
    t.match(answer.body.message, 'expiresIn')
  }
})

t.test('the default keeps within the tier', async (t) => {
  const fields = { ...TIER_DEFAULTS, originalAccess: true, linkAccess: true, isDefault: false }
  const ranges = [
    { name: 'Hasty', linkMinSeconds: 60, linkMaxSeconds: 120, given: 120 },
    { name: 'Lasting', linkMinSeconds: 7200, linkMaxSeconds: 9000, given: 7200 },
  ]
  for (const { given, ...range } of ranges) {
    await createTier(stage.database, { ...fields, ...range })
    const member = await stage.addOwner(range.name)
    const link = await issue(member, await stage.addImage(member))
    t.equal(link.expiresIn, given, range.name)
  }
})

t.test('what a link may point at', async (t) => {
  const picture = await stage.addImage(owner)
  for (const target of ['h200', 'h400', 'original']) {
    t.equal((await post(owner, picture, { target })).status, 201, target)
  }
  const notGranted = await post(owner, picture, { target: 'h300' })
  t.equal(notGranted.status, 403)
  t.match(notGranted.body, { code: 'TT_TARGET_NOT_IN_TIER', details: { field: 'target' } })
  for (const target of ['', 'h', 'h0200', 'h5000', 'thumbnail', '../original', 'full.bmp']) {
    const answer = await post(owner, picture, { target })
    t.equal(answer.status, 400, target)
    t.match(answer.body, { code: 'TT_NO_SUCH_TARGET', details: { field: 'target' } })
  }
  for (const body of [{}, undefined]) t.equal((await post(owner, picture, body)).status, 400)
})

t.test('a tier without links', async (t) => {
  const basic = await stage.addOwner('Basic')
  const picture = await stage.addImage(basic)
  const answer = await post(basic, picture, { target: 'h200' })
  t.equal(answer.status, 403)
  t.equal(answer.body.code, 'TT_LINKS_NOT_IN_TIER')
  t.same((await basic.client.get<List>(`/v1/images/${picture.id}/links`)).body.items, [], 'may look')
})

t.test('fields that are refused', async (t) => {
  const picture = await stage.addImage(owner)
  const wrong: Record<string, object> = {
    maxUses: { maxUses: 0 },
    'maxUses ': { maxUses: 1_000_001 },
    'maxUses  ': { maxUses: 1.5 },
    password: { password: '' },
    'password ': { password: 'x'.repeat(129) },
    filename: { filename: '' },
    'filename ': { filename: 'a\nb' },
    'filename  ': { filename: 'x'.repeat(256) },
    expiresin: { expiresin: 300 },
  }
  for (const [field, extra] of Object.entries(wrong)) {
    const answer = await post(owner, picture, { target: 'original', ...extra })
    t.equal(answer.status, 400, JSON.stringify(extra).slice(0, 40))
    t.match(answer.body.message, field.trim())
  }
  t.same((await list(picture)).items, [], 'and nothing was issued')
})

t.test('a picture that failed', async (t) => {
  const picture = await stage.addImage(owner)
  await failDerivation(stage.database, picture.id, 'TT_DECODER_CRASHED', [])
  const answer = await post(owner, picture, { target: 'h200' })
  t.equal(answer.status, 422)
  t.match(answer.body, { code: 'TT_IMAGE_FAILED', details: { reason: 'TT_DECODER_CRASHED' } })
  t.equal((await post(owner, picture, { target: 'original' })).status, 201)
})

t.test('the links of a picture', async (t) => {
  const picture = await stage.addImage(owner)
  t.same(await list(picture), { items: [], nextCursor: null })
  const first = await issue(owner, picture)
  const second = await issue(owner, picture, {
    target: 'h200',
    expiresIn: 400,
    maxUses: 3,
    password: 'secret',
    filename: 'Katze.jpg',
  })
  const { items } = await list(picture)
  t.same(
    items.map(({ createdAt: _, expiresIn: __, ...item }) => item),
    [
      {
        id: second.id,
        url: second.url,
        target: 'h200',
        expiresAt: second.expiresAt,
        usesLeft: 3,
        hasPassword: true,
        filename: 'Katze.jpg',
      },
      { id: first.id, url: first.url, target: 'original', expiresAt: first.expiresAt, hasPassword: false },
    ],
    'newest first, each at its own address',
  )
  for (const item of items) {
    const created = new Date(item.createdAt).getTime()
    const whole = (new Date(item.expiresAt).getTime() - created) / 1000
    t.ok(whole === 400 || whole === 3600)
    t.ok(item.expiresIn <= whole && item.expiresIn > whole - 60)
  }
})

t.test('only live links are listed', async (t) => {
  const picture = await stage.addImage(owner)
  const live = await issue(owner, picture)
  const [revoked, expired, spent, lost] = [
    await issue(owner, picture),
    await issue(owner, picture),
    await issue(owner, picture, { maxUses: 1 }),
    await issue(owner, picture, { maxUses: 1 }),
  ]
  await owner.client.delete(`/v1/links/${revoked.id}`)
  await stage.sql`UPDATE links SET expires_at = now() WHERE id = ${expired.id}`
  t.equal((await stage.visitor.get(pathOf(spent))).status, 200)
  t.equal((await list(picture)).items.length, 2)
  await stage.redis.flush()
  t.same(
    (await list(picture)).items.map((item) => item.id),
    [live.id],
    `Redis lost the uses of ${lost.id}, so it is over`,
  )
})

t.test('a page of links', async (t) => {
  const picture = await stage.addImage(owner)
  const issued: string[] = []
  for (let n = 0; n < 5; n += 1) issued.unshift((await issue(owner, picture)).id)
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page: List = await list(picture, `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)
    pages.push(page.items.map((item) => item.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  t.same(pages, [issued.slice(0, 2), issued.slice(2, 4), issued.slice(4)])
  for (const query of ['?limit=0', '?limit=101', '?cursor=x', '?page=2']) {
    t.equal((await owner.client.get(`/v1/images/${picture.id}/links${query}`)).status, 400, query)
  }
})

t.test('revoking', async (t) => {
  const picture = await stage.addImage(owner)
  const [one, two, three] = [
    await issue(owner, picture),
    await issue(owner, picture),
    await issue(owner, picture),
  ]
  const other = await issue(owner, await stage.addImage(owner))
  const status = async (link: Issued) => (await stage.visitor.get(pathOf(link))).status

  t.equal((await owner.client.delete(`/v1/links/${one.id}`)).status, 204)
  t.same([await status(one), await status(two)], [404, 200])
  t.equal((await owner.client.delete(`/v1/links/${one.id}`)).status, 204, 'twice is as good as once')

  t.equal((await owner.client.delete(`/v1/images/${picture.id}/links`)).status, 204)
  t.same([await status(two), await status(three), await status(other)], [404, 404, 200])
  t.equal(
    (await owner.client.delete(`/v1/images/${picture.id}/links`)).status,
    204,
    'also when there are none',
  )
})

t.test("somebody else's pictures and links", async (t) => {
  const stranger = await stage.addOwner()
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture)
  const gone = await stage.addImage(owner)
  const goneLink = await issue(owner, gone)
  await markDeleting(stage.database, owner.id, gone.id)
  const missing: [Owner, string, string][] = [
    [stranger, `/v1/images/${picture.id}/links`, `/v1/links/${link.id}`],
    [owner, `/v1/images/${gone.id}/links`, `/v1/links/${goneLink.id}`],
    [owner, `/v1/images/${uuidv7()}/links`, `/v1/links/${uuidv7()}`],
    [owner, '/v1/images/x/links', '/v1/links/x'],
  ]
  const bodies = new Set<string>()
  for (const [who, links, one] of missing) {
    for (const answer of [
      await who.client.post(links, { target: 'original' }),
      await who.client.get(links),
      await who.client.delete(links),
      await who.client.delete(one),
    ]) {
      t.equal(answer.status, 404)
      bodies.add(answer.bytes.toString())
    }
  }
  t.equal(bodies.size, 1)
  t.equal((await stage.visitor.get(pathOf(link))).status, 200, 'nothing of it was revoked')
})

t.test('without an account', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture)
  for (const client of [stage.visitor, createClient(stage.url, 'e30.e30.e30')]) {
    const answers = [
      await client.post(`/v1/images/${picture.id}/links`, { target: 'original' }),
      await client.get(`/v1/images/${picture.id}/links`),
      await client.delete(`/v1/images/${picture.id}/links`),
      await client.delete(`/v1/links/${link.id}`),
    ]
    t.same(
      answers.map((answer) => answer.status),
      [401, 401, 401, 401],
    )
  }
})
