import { text } from 'node:stream/consumers'
import {
  type Archive,
  createPendingImage,
  createUser,
  evictUnread,
  findDefaultTier,
  findImage,
  findUser,
  migrate,
  openDatabase,
  publishConversions,
  publishRenditions,
  updateTier,
} from '@tintype/database'
import { type RenditionName, renditionKey, uuidv7 } from '@tintype/domain'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import { type Auth, createHttpServer, createLogger, createReadRecorder } from '@tintype/service-kit'
import { createTestDatabase, createTestFileStore } from '@tintype/testkit'
import t from 'tap'
import { openArchive } from '../../src/archives/contents.ts'
import { registerImageBytes } from '../../src/images/bytes-routes.ts'
import { createRenditions } from '../../src/images/renditions.ts'
import { createUrls } from '../../src/images/representation.ts'

const { url } = await createTestDatabase(t)
await migrate(url)
const database = openDatabase(url)
t.teardown(() => database.close())
const files = await createObjectStore((await createTestFileStore(t)).storeUrl)
t.teardown(() => files.close())
const log = createLogger('gateway', 'silent')
const reads = createReadRecorder({ database, log, everyMs: 3_600_000 })
t.teardown(() => reads.stop())

/** What happens once, between the reading of a row and that of its object. */
let meanwhile: (() => Promise<void>) | undefined
const store: ObjectStore = {
  ...files,
  async get(key, options) {
    const happen = meanwhile
    meanwhile = undefined
    await happen?.()
    return files.get(key, options)
  },
}

const tier = await findDefaultTier(database)
await updateTier(database, tier.id, { conversionFormats: ['png'], generation: 'lazy' }, () => {})
const made = await createUser(database, { username: 'u', passwordHash: '', role: 'user', tierId: tier.id })
if (made.outcome !== 'saved') throw new Error(made.outcome)
const { user } = made

/** As a worker publishes it. */
async function publish(id: string, name: RenditionName, content: string): Promise<string> {
  const key = renditionKey(id, name, uuidv7(), 'jpg')
  const bytes = Buffer.from(content)
  await files.put(key, bytes, { bytes: bytes.length, contentType: 'image/jpeg' })
  const file = { name, key, format: 'jpeg' as const, width: 2, height: 2, bytes: bytes.length }
  await (name.startsWith('h')
    ? publishRenditions(database, id, { width: 2, height: 2, thumbhash: '', files: [file] })
    : publishConversions(database, id, 'conversions', { files: [file] }))
  return key
}

async function addImage(): Promise<string> {
  const id = uuidv7()
  const named = { title: '', filename: 'a.jpg', sha256: '', format: 'jpeg' as const }
  await createPendingImage(database, { id, ownerId: user.id, ...named, width: 2, height: 2, bytes: 1 })
  await publish(id, 'h200', 'first')
  await publish(id, 'full.png', 'first')
  return id
}

const age = (id: string) =>
  database.db.execute(
    `UPDATE renditions SET last_read_at = now() - interval '8 days' WHERE image_id = '${id}'`,
  )
const evict = async () => {
  for (const key of await evictUnread(database, { days: 7, limit: 10 })) await files.delete(key)
}

const derived: string[] = []
const producer = {
  async enqueueDerivation(lane: string, id: string) {
    derived.push(lane)
    await publish(id, lane === 'thumbnails' ? 'h200' : 'full.png', 'again')
  },
}
const app = createHttpServer({ log })
app.decorateRequest('actor', null)
t.teardown(() => app.close())
const authenticate: Auth['renew'] = async (request) => {
  const present = await findUser(database, user.id)
  request.actor =
    present === undefined
      ? null
      : { user: present, by: 'session', sessionId: '', issuedAtSeconds: 0, cookie: false }
}
const auth: Pick<Auth, 'allow' | 'renew'> = { allow: () => authenticate, renew: authenticate }
registerImageBytes(app, {
  ...{ auth, database, store, reads },
  renditions: createRenditions({ database, producer }),
  urls: createUrls(() => 'http://localhost'),
})

for (const [path, lane] of [
  ['thumbnails/200', 'thumbnails'],
  ['conversions/png', 'conversions'],
] as const) {
  t.test(`${path} evicted after its row was read is made again, once`, async (t) => {
    const id = await addImage()
    await age(id)
    meanwhile = evict
    derived.length = 0
    const answer = await app.inject(`/v1/images/${id}/${path}`)
    t.match(answer, { statusCode: 200, body: 'again' })
    t.strictSame(derived, [lane])
  })

  t.test(`${path} is kept by a read that was noted`, async (t) => {
    const id = await addImage()
    await age(id)
    t.match(await app.inject(`/v1/images/${id}/${path}`), { statusCode: 200, body: 'first' })
    await reads.flush()
    await evict()
    derived.length = 0
    t.match(await app.inject(`/v1/images/${id}/${path}`), { statusCode: 200, body: 'first' })
    t.strictSame(derived, [])
  })
}

t.test('many reads of what was evicted make it once', async (t) => {
  const id = await addImage()
  await age(id)
  await evict()
  derived.length = 0
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => app.inject(`/v1/images/${id}/thumbnails/200`)),
  )
  t.ok(answers.every(({ statusCode, body }) => statusCode === 200 && body === 'again'))
  t.strictSame(derived, ['thumbnails'])
})

t.test('in an archive', async (t) => {
  const archive = (id: string): Archive => ({
    ...{ id: uuidv7(), ownerId: user.id, createdAt: new Date() },
    ...{ imageIds: [id], rendition: 'h200' },
  })
  const contentsOf = async (id: string) => {
    const contents: string[] = []
    const { signal } = new AbortController()
    for await (const { body } of openArchive({ database, store, reads }, archive(id), signal)) {
      contents.push(await text(body))
    }
    return contents
  }
  const id = await addImage()
  await age(id)
  t.strictSame(await contentsOf(id), ['first'])
  await reads.flush()
  await evict()
  t.strictSame(await contentsOf(id), ['first'], 'one that was read stays')

  await age(id)
  meanwhile = evict
  t.match(await contentsOf(id), [/It is being made; fetch the archive again later/])
  t.match(await findImage(database, user.id, id), { renditions: [{ name: 'h200' }] })

  const lost = await addImage()
  await files.deletePrefix(`renditions/${lost}/`)
  t.match(await contentsOf(lost), [/It was deleted meanwhile/])
})

t.test('an object that was lost, and not evicted, is 404', async (t) => {
  const id = await addImage()
  await files.deletePrefix(`renditions/${id}/`)
  t.equal((await app.inject(`/v1/images/${id}/thumbnails/200`)).statusCode, 404)
})
