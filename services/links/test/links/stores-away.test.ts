import { randomBytes } from 'node:crypto'
import { type ProblemBody, poll } from '@tintype/testkit'
import t from 'tap'
import { type Issued, issue, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t)
const owner = await stage.addOwner()
const picture = await stage.addImage(owner)
const visit = (link: Pick<Issued, 'url'>) => stage.visitor.get<ProblemBody>(pathOf(link))
const status = async (link: Issued) => (await visit(link)).status
const forged = () => ({
  url: `https://x/l/${randomBytes(30).toString('base64url')}.${randomBytes(32).toString('base64url')}`,
})

/** How often Redis was asked, save for these questions themselves. */
async function redisCalls(): Promise<number> {
  const info = await stage.redisClient.info('commandstats')
  return [...info.matchAll(/cmdstat_(\w+):calls=(\d+)/g)]
    .filter(([, name]) => name !== 'info')
    .reduce((sum, [, , calls]) => sum + Number(calls), 0)
}

t.test('a forged token', async (t) => {
  const link = await issue(owner, picture)
  const before = await redisCalls()
  const tampered = { url: link.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) }
  for (const one of [forged(), forged(), tampered]) t.equal((await visit(one)).status, 404)
  t.equal(await redisCalls(), before, 'costs Redis nothing')
  await visit(link)
  t.ok((await redisCalls()) > before, 'as an issued one does')

  await stage.databaseProxy.cut()
  t.equal((await visit(forged())).status, 404, 'nor PostgreSQL: it is told so without it')
  const away = await visit(link)
  t.equal(away.status, 503, 'as an issued one is not')
  t.equal(away.body.code, 'TT_DATABASE_UNAVAILABLE')
  await stage.databaseProxy.restore()
  await poll(async () => (await status(link)) === 200)
})

t.test('many forged tokens', async (t) => {
  const link = await issue(owner, picture)
  const statuses: number[] = []
  for (let n = 0; n < 60; n += 1) statuses.push((await visit(forged())).status)
  t.ok(statuses.includes(404))
  const limited = await visit(forged())
  t.equal(limited.status, 429)
  t.equal(limited.body.code, 'TT_TOO_MANY_FORGED_LINKS')
  t.match(limited.headers.get('retry-after'), /^[1-9]\d*$/)
  t.equal(await status(link), 200, 'an issued one still works from there')
})

t.test('Redis emptied', async (t) => {
  const [plain, counted, revoked] = [
    await issue(owner, picture, { expiresIn: 300 }),
    await issue(owner, picture, { maxUses: 5 }),
    await issue(owner, picture),
  ]
  await owner.client.delete(`/v1/links/${revoked.id}`)
  await stage.redis.flush()
  t.equal(await status(plain), 200, 'a live link comes back')
  const ttlMs = await stage.redisClient.pttl(`link:${plain.id}`)
  t.ok(ttlMs > 200_000 && ttlMs <= 300_000, `with what is left of its life: ${ttlMs} ms`)
  t.equal(await status(counted), 404, 'one that counts its uses stays closed')
  t.equal(await stage.redisClient.exists(`link:${counted.id}`), 0)
  t.equal(await status(revoked), 404, 'a revoked one too')
})

t.test('Redis restored from an old copy', async (t) => {
  const link = await issue(owner, picture)
  await owner.client.delete(`/v1/links/${link.id}`)
  t.equal(await stage.redisClient.exists(`link:${link.id}`), 0)
  await stage.redisClient.set(`link:${link.id}`, 'unlimited', 'PX', 60_000)
  t.equal(await status(link), 404, 'revives no link')
})

t.test('a record lives as long as its link', async (t) => {
  const link = await issue(owner, picture, { expiresIn: 300, maxUses: 3 })
  const ttlMs = await stage.redisClient.pttl(`link:${link.id}`)
  t.ok(ttlMs > 200_000 && ttlMs <= 300_000)
  await visit(link)
  t.ok((await stage.redisClient.pttl(`link:${link.id}`)) > 200_000, 'a use does not change that')
})

for (const how of ['stop', 'hang'] as const) {
  t.test(`Redis away: ${how}`, async (t) => {
    const [link, doomed, counted] = [
      await issue(owner, picture),
      await issue(owner, picture),
      await issue(owner, picture, { maxUses: 1 }),
    ]
    await stage.redis[how]()
    for (const one of [link, counted]) {
      const away = await visit(one)
      t.equal(away.status, 503)
      t.equal(away.body.code, 'TT_REDIS_UNAVAILABLE')
      t.match(away.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    const refused = await owner.client.post<ProblemBody>(`/v1/images/${picture.id}/links`, {
      target: 'original',
    })
    t.equal(refused.status, 503, 'none is issued')
    t.equal(refused.body.code, 'TT_REDIS_UNAVAILABLE')
    t.equal((await owner.client.delete(`/v1/links/${doomed.id}`)).status, 204, 'one can be revoked')
    t.equal((await stage.visitor.get('/readyz')).status, 503)
    t.equal((await stage.visitor.get('/healthz')).status, 200)

    await (how === 'stop' ? stage.redis.start() : stage.redis.resume())
    await poll(async () => (await status(link)) === 200, { waitingFor: 'links to work again' })
    t.equal(await status(doomed), 404)
    t.same([await status(counted), await status(counted)], [200, 404], 'a use was neither lost nor won')
    // What the stores said is given out for a second.
    await poll(async () => (await stage.visitor.get('/readyz')).status === 200)
  })
}
