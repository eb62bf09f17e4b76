import { randomBytes } from 'node:crypto'
import { findTier, markDeleting, updateTier, updateUser } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import type { ProblemBody } from '@tintype/testkit'
import t from 'tap'
import { linkSigningKeys } from '../../src/links/signing-keys.ts'
import { createTokens } from '../../src/links/token.ts'
import { type Issued, issue, type Owner, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t)
const visit = (link: Pick<Issued, 'url'>, method = 'GET') =>
  stage.visitor.request<ProblemBody>(method, pathOf(link))
const status = async (link: Issued) => (await visit(link)).status

async function giveTier(owner: Owner, name: string): Promise<void> {
  const tier = await findTier(stage.database, name)
  await updateUser(stage.database, owner.id, { tierId: tier?.id ?? '' })
}

t.test('a link that does not hold is the same 404, whatever the reason', async (t) => {
  const owner = await stage.addOwner()
  const picture = await stage.addImage(owner)
  const tokens = createTokens(linkSigningKeys.parse(stage.keys.linkSigningKeys))
  const soon = new Date(Date.now() + 1_000_000)
  const [expired, revoked, usedUp, good] = [
    await issue(owner, picture),
    await issue(owner, picture),
    await issue(owner, picture, { maxUses: 1 }),
    await issue(owner, picture),
  ]
  await stage.sql`UPDATE links SET expires_at = now() - interval '1 second' WHERE id = ${expired.id}`
  await owner.client.delete(`/v1/links/${revoked.id}`)
  t.equal(await status(usedUp), 200)

  const links = {
    unknown: { url: `https://x/l/${tokens.sign({ linkId: uuidv7(), expiresAt: soon })}` },
    expired,
    'expired long ago': {
      url: `https://x/l/${tokens.sign({ linkId: good.id, expiresAt: new Date(Date.now() - 601_000) })}`,
    },
    revoked,
    'used up': usedUp,
    forged: { url: good.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
    'no token at all': { url: 'https://x/l/robots.txt' },
    'far too long': { url: `https://x/l/${'a'.repeat(5000)}` },
    'not even a path': { url: 'https://x/l/%zz' },
  }
  const bodies = new Map<string, string>()
  for (const [what, link] of Object.entries(links)) {
    const answer = await visit(link)
    t.equal(answer.status, 404, what)
    t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', what)
    t.ok(answer.headers.get('x-request-id'), what)
    bodies.set(answer.bytes.toString(), what)
    const head = await visit(link, 'HEAD')
    t.equal(head.status, 404, `${what}, by HEAD`)
    t.equal(head.bytes.length, 0)
  }
  t.equal(bodies.size, 1, [...bodies].join(' '))
  t.equal(await status(good), 200)
})

t.test('the same headers too', async (t) => {
  const owner = await stage.addOwner()
  const revoked = await issue(owner, await stage.addImage(owner), { filename: 'x.png' })
  await owner.client.delete(`/v1/links/${revoked.id}`)
  const forged = { url: `https://x/l/${randomBytes(40).toString('base64url')}` }
  const named = async (link: { url: string }) => {
    const { date: _, 'x-request-id': __, ...headers } = Object.fromEntries((await visit(link)).headers)
    return headers
  }
  const headers = await named(revoked)
  t.same(headers, await named(forged))
  t.equal(headers['cache-control'], 'no-store', 'or a cache would go on refusing')
})

t.test('an expiry a little behind this clock', async (t) => {
  const owner = await stage.addOwner()
  const link = await issue(owner, await stage.addImage(owner))
  const tokens = createTokens(linkSigningKeys.parse(stage.keys.linkSigningKeys))
  const late = tokens.sign({ linkId: link.id, expiresAt: new Date(Date.now() - 590_000) })
  t.equal((await visit({ url: `https://x/l/${late}` })).status, 200, 'is for PostgreSQL to judge')
})

t.test('a tier that no longer grants the target', async (t) => {
  const owner = await stage.addOwner()
  const picture = await stage.addImage(owner)
  await picture.publish('h200')
  await picture.publish('h400')
  const [original, small, large] = [
    await issue(owner, picture),
    await issue(owner, picture, { target: 'h200' }),
    await issue(owner, picture, { target: 'h400' }),
  ]
  const all = async () => [await status(original), await status(small), await status(large)]
  t.same(await all(), [200, 200, 200])

  await giveTier(owner, 'Basic')
  t.same(await all(), [403, 403, 403])
  const answer = await visit(original)
  t.equal(answer.body.code, 'TT_LINK_NO_LONGER_GRANTED')
  t.equal(answer.headers.get('content-disposition'), null)
  t.equal((await visit(original, 'HEAD')).status, 403)

  await giveTier(owner, 'Enterprise')
  t.same(await all(), [200, 200, 200], 'a right that is back brings its links back')

  const tier = await findTier(stage.database, 'Enterprise')
  const edit = (changes: object) => updateTier(stage.database, tier?.id ?? '', changes, () => {})
  await edit({ thumbnailHeights: [200] })
  t.same(await all(), [200, 200, 403], 'an edit of the tier acts at the next visit')
  await edit({ originalAccess: false })
  t.same(await all(), [403, 200, 403])
  await edit({ linkAccess: false })
  t.same(await all(), [403, 403, 403])
  await edit({ thumbnailHeights: [200, 400], originalAccess: true, linkAccess: true })
  t.same(await all(), [200, 200, 200])
})

t.test('a right that was lost spends no use', async (t) => {
  const owner = await stage.addOwner()
  const link = await issue(owner, await stage.addImage(owner), { maxUses: 1 })
  await giveTier(owner, 'Basic')
  t.equal(await status(link), 403)
  await giveTier(owner, 'Enterprise')
  t.same([await status(link), await status(link)], [200, 404])
})

t.test('an owner who is disabled', async (t) => {
  const owner = await stage.addOwner()
  const link = await issue(owner, await stage.addImage(owner))
  await updateUser(stage.database, owner.id, { disabled: true })
  t.equal(await status(link), 404)
  await updateUser(stage.database, owner.id, { disabled: false })
  t.equal(await status(link), 404, 'a link that was ended does not come back')
  t.equal((await owner.client.get('/v1/images/x/links')).status, 401)
})

t.test('a picture that is deleted, or changes hands', async (t) => {
  const owner = await stage.addOwner()
  const [deleted, transferred] = [await stage.addImage(owner), await stage.addImage(owner)]
  const [one, two] = [await issue(owner, deleted), await issue(owner, transferred)]
  await markDeleting(stage.database, owner.id, deleted.id)
  t.equal(await status(one), 404)

  const heir = await stage.addOwner()
  await stage.sql`
    UPDATE images SET owner_id = ${heir.id}, link_epoch = link_epoch + 1 WHERE id = ${transferred.id}`
  t.equal(await status(two), 404)
  t.equal((await heir.client.get<{ items: [] }>(`/v1/images/${transferred.id}/links`)).body.items.length, 0)
})
