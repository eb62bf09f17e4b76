import { failDerivation } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { type Client, createUser, type ImageBody, type ProblemBody, photo } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { derive, uploadPicture } from './derived.ts'

interface Page {
  items: ImageBody[]
  nextCursor: string | null
  total?: number
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const user = async (tier = 'Basic') => (await createUser(admin, { tier })).client
const list = (client: Client, query: Record<string, string> = {}) =>
  client.get<Page & ProblemBody>(`/v1/images?${new URLSearchParams(query)}`)
const names = (page: { body: Page }) => page.body.items.map((image) => image.filename)

/** A client with so many images, named by the order in which they came. */
async function withImages(count: number): Promise<{ client: Client; filenames: string[] }> {
  const client = await user()
  const bytes = await photo({ width: 8, height: 8 })
  const filenames = Array.from({ length: count }, (_, index) => `${index}.jpg`)
  for (let at = 0; at < count; at += 50) {
    await client.upload(filenames.slice(at, at + 50).map((filename) => ({ filename, bytes })))
  }
  return { client, filenames }
}

/** Follows the Link header to its end. */
async function allPages(client: Client, path: string): Promise<{ sizes: number[]; names: string[] }> {
  const sizes: number[] = []
  const all: string[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Awaited<ReturnType<typeof list>> = await client.get(next)
    sizes.push(page.body.items.length)
    all.push(...names(page))
    const link = page.headers.get('link')
    next = /^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1]?.replace('localhost', '127.0.0.1')
    if ((next === undefined) !== (page.body.nextCursor === null))
      throw new Error(`${link} does not fit nextCursor`)
  }
  return { sizes, names: all }
}

t.test('nothing yet', async (t) => {
  const page = await list(await user())
  t.strictSame(page.body, { items: [], nextCursor: null })
  t.equal(page.headers.get('link'), null)
})

t.test('pages, newest first and oldest first', async (t) => {
  const { client, filenames } = await withImages(23)
  const newest = filenames.toReversed()
  t.strictSame(names(await list(client)), newest.slice(0, 20), 'twenty unless told')
  t.strictSame(await allPages(client, '/v1/images?limit=10'), { sizes: [10, 10, 3], names: newest })
  t.strictSame(await allPages(client, '/v1/images?limit=23'), { sizes: [23], names: newest })
  t.strictSame(await allPages(client, '/v1/images?limit=22&order=oldest'), {
    sizes: [22, 1],
    names: filenames,
  })
  t.strictSame(
    (await allPages(client, '/v1/images?limit=1&q=1')).names.length,
    12,
    'the next page asks the same',
  )
})

t.test('what comes and goes meanwhile moves nothing', async (t) => {
  const { client, filenames } = await withImages(6)
  const first = await list(client, { limit: '2' })
  t.strictSame(names(first), ['5.jpg', '4.jpg'])
  await uploadPicture(client, { filename: 'new.jpg' })
  for (const image of first.body.items) await client.delete(`/v1/images/${image.id}`)
  const second = await list(client, { limit: '2', cursor: first.body.nextCursor ?? '' })
  t.strictSame(names(second), ['3.jpg', '2.jpg'], 'though the image of the cursor is gone')
  t.equal(filenames.length, 6)
})

t.test('by state', async (t) => {
  const client = await user()
  const pending = await uploadPicture(client, { filename: 'pending.jpg' })
  const ready = await uploadPicture(client, { filename: 'ready.jpg' })
  const failed = await uploadPicture(client, { filename: 'failed.jpg' })
  await derive(gateway, ready.id, [200])
  await failDerivation(gateway.database, failed.id, 'TT_IMAGE_CORRUPT', ['h200'])
  for (const image of [pending, ready, failed]) {
    const state = image.filename.replace('.jpg', '')
    const page = await list(client, { state })
    t.strictSame(
      page.body.items.map(({ id }) => id),
      [image.id],
      state,
    )
  }
  t.match((await list(client, { state: 'failed' })).body.items[0], {
    state: 'failed',
    error: { code: 'TT_IMAGE_CORRUPT', message: /damaged/ },
    thumbnails: { 200: { state: 'failed' } },
  })
  t.match((await list(client, { state: 'ready' })).body.items[0], {
    thumbhash: 'AAAA',
    thumbnails: { 200: { state: 'ready', width: 4, height: 3, format: 'jpeg' } },
  })
  t.equal((await list(client)).body.items.length, 3)
})

t.test('by text', async (t) => {
  const client = await user()
  await uploadPicture(client, { filename: 'IMG_0001.jpg', title: 'The Mill' })
  await uploadPicture(client, { filename: '100%.jpg', title: 'a_b' })
  await uploadPicture(client, { filename: 'ŁÓDŹ\\back.jpg' })
  const FOUND: [q: string, filenames: string[]][] = [
    ['mill', ['IMG_0001.jpg']],
    ['img_', ['IMG_0001.jpg']],
    ['.JPG', ['back.jpg', '100%.jpg', 'IMG_0001.jpg']],
    ['%', ['100%.jpg']],
    ['_', ['100%.jpg', 'IMG_0001.jpg']],
    ['\\', []],
    ["' OR 1=1 --", []],
    [' ', ['IMG_0001.jpg']],
  ]
  for (const [q, filenames] of FOUND) t.strictSame(names(await list(client, { q })), filenames, q)
})

t.test('the next page asks what this one asked, whatever that was', async (t) => {
  const client = await user()
  for (const q of ['a&b=c', '100%', 'x>; rel="prev"', 'a+b c', '#?', 'é 📷', "'\\"]) {
    for (const _ of [1, 2]) await uploadPicture(client, { title: q })
    const query = new URLSearchParams({ q, limit: '1', state: 'pending', order: 'oldest', total: 'true' })
    t.strictSame((await allPages(client, `/v1/images?${query}`)).sizes, [1, 1], q)
    const link = (await client.get(`/v1/images?${query}`)).headers.get('link') ?? ''
    t.match(link, /^<[^<>" ]+>; rel="next"$/, 'and is one target and one relation')
  }
})

t.test('the total, on request alone', async (t) => {
  const { client } = await withImages(7)
  await uploadPicture(client, { filename: 'other.jpg' })
  const total = async (query: Record<string, string>) => (await list(client, query)).body.total
  t.equal(await total({ total: 'true' }), 8)
  t.equal(await total({ total: 'true', limit: '1' }), 8, 'of all pages')
  t.equal(await total({ total: 'true', q: 'other' }), 1, 'of what was asked')
  t.equal(await total({ total: 'true', state: 'ready' }), 0)
  t.equal(await total({ total: 'true', cursor: uuidv7() }), 8)
  t.equal(await total({}), undefined)
  t.equal(await total({ total: 'false' }), undefined)
})

t.test('one’s own alone', async (t) => {
  const { client } = await withImages(3)
  const other = await user()
  const page = await list(client, { limit: '1' })
  t.strictSame((await list(other, { cursor: page.body.nextCursor ?? '' })).body, {
    items: [],
    nextCursor: null,
  })
})

t.test('questions that are none', async (t) => {
  const client = await user()
  const BAD: [query: string, field: string][] = [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=many', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=x', 'cursor'],
    ['cursor=', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${uuidv7()}x`, 'cursor'],
    ['state=deleting', 'state'],
    ['state=', 'state'],
    ['order=random', 'order'],
    ['q=', 'q'],
    ['q=%00', 'q'],
    [`q=${'x'.repeat(256)}`, 'q'],
    ['total=abc', 'total'],
    ['total=1e9', 'total'],
    ['limit=²', 'limit'],
    ['limit=1e9', 'limit'],
    ['offset=20', 'offset'],
    ['ownerId=1', 'ownerId'],
  ]
  for (const [query, field] of BAD) {
    const answer = await client.get<ProblemBody>(`/v1/images?${query}`)
    t.equal(answer.status, 400, query)
    const details = [answer.body.details].flat() as { field: string }[]
    t.equal(details[0]?.field, field, query)
    t.ok(answer.body.message.startsWith(`${field}:`), answer.body.message)
  }
  t.strictSame((await list(client, { cursor: uuidv7() })).body.items, [], 'a cursor of nothing is the end')
})

t.test('the largest page', async (t) => {
  const { client } = await withImages(100)
  const page = await list(client, { limit: '100' })
  t.equal(page.body.items.length, 100)
  t.equal(page.body.nextCursor, null)
})

t.test('conduct', (t) => checkConduct(t, gateway))
