import { createWebhook } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { createObjectStore, type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { createTestFileStore, poll } from '@tintype/testkit'
import t from 'tap'
import { type Issued, issue, type Picture, pathOf, startStage } from '../stage.ts'

/** A store whose reads fail while there is a `fault`. */
const store = await createObjectStore((await createTestFileStore(t)).storeUrl)
let fault: Error | undefined
const failing: ObjectStore = {
  ...store,
  async get(key, options) {
    if (fault !== undefined) throw fault
    return store.get(key, options)
  },
}
const stage = await startStage(t, { store: failing })
const owner = await stage.addOwner()
const { visitor } = stage

async function usesLeft(picture: Picture, link: Issued): Promise<number | undefined> {
  const list = await owner.client.get<{ items: Issued[] }>(`/v1/images/${picture.id}/links`)
  return list.body.items.find((item) => item.id === link.id)?.usesLeft
}

t.test('a use is one answer with bytes', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { maxUses: 2 })
  const path = pathOf(link)

  const head = await visitor.request('HEAD', path)
  t.equal(head.status, 200)
  t.equal(head.headers.get('accept-ranges'), 'none')
  const etag = head.headers.get('etag') ?? ''
  t.equal((await visitor.get(path, { headers: { 'if-none-match': etag } })).status, 304)
  t.equal(await usesLeft(picture, link), 2, 'HEAD and 304 spend none')

  const whole = await visitor.get(path, { headers: { range: 'bytes=0-9' } })
  t.equal(whole.status, 200, 'a part of it is not to be had')
  t.same(whole.bytes, picture.original)
  t.equal(await usesLeft(picture, link), 1)

  t.equal((await visitor.get(path)).status, 200)
  t.equal(await usesLeft(picture, link), undefined)
  for (const method of ['GET', 'HEAD']) t.equal((await visitor.request(method, path)).status, 404, method)
  t.equal((await visitor.get(path, { headers: { 'if-none-match': etag } })).status, 404)
})

t.test('a link without a limit', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture)
  for (let n = 0; n < 5; n += 1) t.equal((await visitor.get(pathOf(link))).status, 200)
  t.equal(await usesLeft(picture, link), undefined)
})

t.test('a thousand at once', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { maxUses: 10 })
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => stage.app.inject({ url: pathOf(link), method: 'GET' })),
  )
  const served = answers.filter((answer) => answer.statusCode === 200)
  t.equal(served.length, 10)
  t.ok(served.every((answer) => answer.rawPayload.equals(picture.original)))
  const refused = answers.filter((answer) => answer.statusCode === 404)
  t.equal(refused.length, 990)
  t.equal(new Set(refused.map((answer) => answer.body)).size, 1)
  t.ok(refused.every((answer) => answer.headers['content-disposition'] === undefined))
})

t.test('a store that fails costs no use', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { maxUses: 1, filename: 'x.png' })
  fault = new StoreUnavailable('read an object', new Error('away'))
  const away = await visitor.get<{ code: string }>(pathOf(link))
  fault = undefined
  t.equal(away.status, 503)
  t.equal(away.body.code, 'TT_STORE_UNAVAILABLE')
  t.equal(away.headers.get('content-disposition'), null)
  t.ok(away.headers.get('retry-after'))
  t.equal((await visitor.get(pathOf(link))).status, 200)
  t.equal((await visitor.get(pathOf(link))).status, 404)
})

t.test('a link that is used up stays so when Redis goes back in time', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { maxUses: 1 })
  t.equal((await visitor.get(pathOf(link))).status, 200)
  await poll(
    async () => (await stage.sql`SELECT FROM links WHERE used_up_at IS NOT NULL AND id = ${link.id}`).length,
  )
  await stage.redisClient.set(`link:${link.id}`, '1', 'PX', 60_000)
  t.equal((await visitor.get(pathOf(link))).status, 404)
})

t.test('an owner who wants to know is told of each use, and others cost nothing', async (t) => {
  const [watching, other] = [await stage.addOwner(), await stage.addOwner()]
  const made = await createWebhook(
    stage.database,
    {
      ...{ id: uuidv7(), userId: watching.id, url: 'https://receiver.example/', description: '', secret: '' },
      types: ['link.used'],
    },
    1,
  )
  t.equal(made.outcome, 'created')
  const [picture, unwatched] = [await stage.addImage(watching), await stage.addImage(other)]
  const link = await issue(watching, picture, { maxUses: 3 })
  const [path, otherPath] = [pathOf(link), pathOf(await issue(other, unwatched))]
  t.equal((await visitor.get(otherPath)).status, 200)
  t.equal((await visitor.request('HEAD', path)).status, 200)
  const etag = (await visitor.get(path)).headers.get('etag') ?? ''
  t.equal((await visitor.get(path, { headers: { 'if-none-match': etag } })).status, 304)
  fault = new StoreUnavailable('read an object', new Error('away'))
  t.equal((await visitor.get(path)).status, 503)
  fault = undefined
  t.equal((await visitor.get(path)).status, 200)

  const events = () => stage.sql`SELECT owner_id, image_id, detail FROM events WHERE type = 'link.used'`
  await poll(async () => (await events()).length >= 2)
  await stage.dependencies.uses.stop()
  const used = { owner_id: watching.id, image_id: picture.id, detail: { linkId: link.id } }
  t.same([...(await events())], [used, used])
})
