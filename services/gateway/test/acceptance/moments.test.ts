// In a process of its own: its stack is its own, and it takes long.

import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createClient, createUser, type ImageBody, photo, startStack } from '@tintype/testkit'
import t from 'tap'

/** Changes at the worst moment, seen from outside. Those that need a held lock or a killed process are beside what they test. */
const stack = await startStack(t, { workers: 0 })
const admin = await stack.signInAsAdmin()
const anybody = createClient(stack.url)
const picture = await photo({ width: 300, height: 200 })

const usageOf = async (userId: string) =>
  (await admin.get<{ usage: { bytes: number; images: number } }>(`/v1/admin/users/${userId}`)).body.usage

t.test('an image that changes hands before its job has run is made for its new owner', async (t) => {
  const tier = await admin.post<{ id: string }>('/v1/admin/tiers', { name: 'Tiny', thumbnailHeights: [50] })
  t.equal(tier.status, 201)
  const giver = await createUser(admin, { tier: 'Premium' })
  const taker = await createUser(admin, { tier: 'Tiny' })
  const { id } = await giver.client.uploadOne({ filename: 'a.jpg', bytes: picture })
  t.equal((await admin.patch(`/v1/admin/images/${id}`, { owner: taker.id })).status, 200)
  await stack.startWorker()

  const image = await taker.client.waitUntilSettled(id)
  t.equal(image.state, 'ready')
  t.strictSame(Object.keys(image.thumbnails), ['50'])
  t.equal((await taker.client.get(`/v1/images/${id}/thumbnails/50`)).status, 200)
  t.equal((await taker.client.get(`/v1/images/${id}/original`)).status, 403, 'its new owner’s tier decides')
  for (const path of ['', '/original', '/thumbnails/200', '/conversions/png', '/links']) {
    t.equal((await giver.client.get(`/v1/images/${id}${path}`)).status, 404, `not there any more: ${path}`)
  }
  t.match(await usageOf(giver.id), { bytes: 0, images: 0 })
  t.match(await usageOf(taker.id), { bytes: picture.length, images: 1 })
})

t.test('an image that changes hands while the rest of its request is on its way', async (t) => {
  const giver = await createUser(admin, { tier: 'Premium' })
  const taker = await createUser(admin, { tier: 'Premium' })
  const first = Promise.withResolvers<void>()
  const boundary = 'between-two-files'
  const part = (name: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`
  async function* body() {
    yield Buffer.from(part('one.jpg'))
    yield picture
    yield Buffer.from(`\r\n${part('two.jpg')}`)
    await first.promise
    yield picture
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  const sending = fetch(`${stack.url}/v1/images`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${giver.client.accessToken}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    body: ReadableStream.from(body()),
    duplex: 'half',
  })
  let moved = ''
  for (let asked = 0; moved === '' && asked < 200; asked += 1) {
    const list = await giver.client.get<{ items: ImageBody[] }>('/v1/images')
    moved = list.body.items[0]?.id ?? ''
  }
  t.equal((await admin.patch(`/v1/admin/images/${moved}`, { owner: taker.id })).status, 200)
  first.resolve()

  const answer = await sending
  t.equal(answer.status, 202)
  const { items } = (await answer.json()) as { items: { image: ImageBody }[] }
  t.strictSame(
    items.map((item) => item.image.id === moved),
    [true, false],
  )
  t.match(await usageOf(giver.id), { bytes: picture.length, images: 1 })
  t.match(await usageOf(taker.id), { bytes: picture.length, images: 1 })
  t.equal((await giver.client.waitUntilSettled(items[1]?.image.id ?? '')).state, 'ready')
  t.equal((await taker.client.waitUntilSettled(moved)).state, 'ready')
})

t.test(
  'a download that is under way survives the revocation of its link, and nothing after it does',
  async (t) => {
    const { client } = await createUser(admin, { tier: 'Enterprise' })
    // More than all buffers on the way hold: what follows a JPEG's end is part of the file and of no picture.
    const bytes = Buffer.concat([picture, Buffer.alloc(48 * 1024 ** 2, 'after the end')])
    const { id } = await client.uploadOne({ filename: 'a.jpg', bytes })
    const link = await client.post<{ id: string; url: string }>(`/v1/images/${id}/links`, {
      target: 'original',
    })
    t.equal(link.status, 201)

    const request = get(link.body.url)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const chunks = response[Symbol.asyncIterator]()
    const received: Buffer[] = [(await chunks.next()).value]
    t.equal((await client.delete(`/v1/links/${link.body.id}`)).status, 204)
    t.equal((await anybody.get(link.body.url)).status, 404)
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      received.push(next.value)
    t.ok(Buffer.concat(received).equals(bytes), 'it is whole')
  },
)
