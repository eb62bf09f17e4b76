import sharp from 'sharp'
import t from 'tap'
import { createClient, createUser, poll, startStack } from '../src/index.ts'

const picture = () =>
  sharp({ create: { width: 900, height: 600, channels: 3, background: { r: 200, g: 30, b: 90 } } })
    .jpeg()
    .toBuffer()

t.test('a whole product', async (t) => {
  const stack = await startStack(t)
  const admin = await stack.signInAsAdmin()
  const { client, id } = await createUser(admin, { tier: 'Premium' })
  t.equal((await client.get<{ id: string }>('/v1/me')).body.id, id)

  const image = await client.uploadOne({ filename: 'a.jpg', title: 'A title', bytes: await picture() })
  const settled = await client.waitUntilSettled(image.id)
  t.match(settled, { title: 'A title', state: 'ready', width: 900, height: 600 })
  const url = settled.thumbnails['200']?.url ?? ''
  const thumbnail = await client.get(url)
  t.equal(thumbnail.status, 200)
  t.equal((await sharp(thumbnail.bytes).metadata()).height, 200)
  t.equal((await createClient(stack.url).get(url)).status, 401)

  const second = await stack.startWorker()
  t.equal(stack.workers.length, 2)
  const ended = await stack.workers[0]?.kill()
  t.equal(ended?.code, 0)
  const again = await client.uploadOne({ filename: 'b.jpg', bytes: await picture() })
  t.equal((await client.waitUntilSettled(again.id)).state, 'ready')
  await second.kill('SIGKILL')
  t.match(await second.exited, { signal: 'SIGKILL' })
  await poll(() => !second.running())
})
