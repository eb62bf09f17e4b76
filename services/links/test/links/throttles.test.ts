import t from 'tap'
import { issue, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t, { anonymousPerMinute: 3 })
const owner = await stage.addOwner()
const picture = await stage.addImage(owner)
const setTier = (linksPerMinute: number) =>
  stage.sql`UPDATE tiers SET links_per_minute = ${linksPerMinute} WHERE name = 'Enterprise'`

t.test('visits are counted by address, with the headers, and forged ones are not', async (t) => {
  const path = pathOf(await issue(owner, picture))
  for (let i = 0; i < 5; i += 1) {
    const forged = await stage.visitor.get(`${path.slice(0, -3)}AAA`)
    t.match(
      { status: forged.status, limit: forged.headers.get('ratelimit-limit') },
      { status: 404, limit: null },
    )
  }
  for (const remaining of ['2', '1', '0']) {
    const visit = await stage.visitor.get(path)
    t.equal(visit.status, 200)
    t.equal(visit.headers.get('ratelimit-limit'), '3')
    t.equal(visit.headers.get('ratelimit-remaining'), remaining)
  }
  const refused = await stage.visitor.get(path)
  t.match(refused, { status: 429, body: { code: 'TT_RATE_LIMITED' } })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await stage.visitor.get('/healthz')).status, 200)
})

t.test('new links are counted apart from reads, by the tier of this moment', async (t) => {
  const other = await stage.addOwner()
  const image = await stage.addImage(other)
  const path = `/v1/images/${image.id}/links`
  const make = () => other.client.post(path, { target: 'original' })
  await setTier(2)
  t.equal((await make()).status, 201)
  t.equal((await make()).headers.get('ratelimit-remaining'), '0')
  t.match(await make(), { status: 429, body: { code: 'TT_RATE_LIMITED' } })
  t.equal((await other.client.get(path)).status, 200)
  await setTier(100)
  t.equal((await make()).status, 201)
})
