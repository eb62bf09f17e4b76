import { evictUnread, findTier, updateTier } from '@tintype/database'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import { createTestFileStore, poll } from '@tintype/testkit'
import t from 'tap'
import { issue, type Picture, pathOf, startStage } from '../stage.ts'

/** What happens once, between the reading of a row and that of its object. */
let meanwhile: (() => Promise<void>) | undefined

const files = await createObjectStore((await createTestFileStore(t)).storeUrl)
t.teardown(() => files.close())
const store: ObjectStore = {
  ...files,
  async get(key, options) {
    const happen = meanwhile
    meanwhile = undefined
    await happen?.()
    return files.get(key, options)
  },
}
const stage = await startStage(t, { store })
const owner = await stage.addOwner()
const { visitor } = stage

const age = (picture: Picture) =>
  stage.sql`UPDATE renditions SET last_read_at = now() - interval '8 days' WHERE image_id = ${picture.id}`

async function evict(): Promise<string[]> {
  const keys = await evictUnread(stage.database, { days: 7, limit: 10 })
  for (const key of keys) await store.delete(key)
  return keys
}

t.test('a thumbnail that is evicted after its row was read is made again', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture, { target: 'h200' }))
  await picture.publish('h200')
  await age(picture)
  const evicted = Promise.withResolvers<void>()
  meanwhile = async () => {
    t.equal((await evict()).length, 1)
    evicted.resolve()
  }
  const visit = visitor.get(path)
  await evicted.promise
  const isAskedFor = async () =>
    (await stage.sql`SELECT FROM renditions WHERE image_id = ${picture.id} AND name = 'h200'`).length === 1
  const isAnswered = visit.then(({ status }) => Promise.reject(new Error(`answered with ${status} before`)))
  await Promise.race([poll(isAskedFor), isAnswered])
  const again = await picture.publish('h200')
  const answer = await visit
  t.equal(answer.status, 200)
  t.same(answer.bytes, again)
})

t.test('a visit is a read', async (t) => {
  const picture = await stage.addImage(owner)
  await picture.publish('h200')
  const path = pathOf(await issue(owner, picture, { target: 'h200' }))
  await age(picture)
  t.equal((await visitor.get(path)).status, 200)
  await stage.dependencies.reads.flush()
  t.same(await evict(), [])
})

t.test('a conversion that is not made yet is waited for, but AVIF is not', async (t) => {
  const tier = await findTier(stage.database, 'Enterprise')
  await updateTier(stage.database, tier?.id ?? '', { conversionFormats: ['png', 'avif'] }, () => {})
  const picture = await stage.addImage(owner, { filename: 'cat.heic' })
  const png = pathOf(await issue(owner, picture, { target: 'full.png' }))
  const avif = pathOf(await issue(owner, picture, { target: 'full.avif' }))
  const visit = visitor.get(png)
  // Nothing makes either.
  const refused = visitor.get(avif)
  t.equal(await Promise.race([visit.then(() => 'png'), refused.then(() => 'avif')]), 'avif')
  t.match(await refused, { status: 503, body: { code: 'TT_NOT_READY' } })
  const made = await picture.publish('full.png')
  const answer = await visit
  t.same(answer.bytes, made)
  t.match(answer.headers.get('content-disposition'), /^inline; filename="cat\.jpg"/)
  await updateTier(stage.database, tier?.id ?? '', { conversionFormats: ['avif'] }, () => {})
  t.equal((await visitor.get(png)).status, 403)
})
