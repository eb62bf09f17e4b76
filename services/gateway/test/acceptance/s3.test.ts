// In a process of its own: its stack is its own, and it takes long.

import { createObjectStore } from '@tintype/object-store'
import {
  createClient,
  createTestBucket,
  type ProblemBody,
  photo,
  poll,
  startStack,
  startTcpProxy,
} from '@tintype/testkit'
import t from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { readiness } from '../readiness.ts'
import { createUserWithoutConversions, imagesOf } from './objects.ts'

const bucket = await createTestBucket(t)
const s3 = await startTcpProxy(t, bucket.storeUrl)
const stack = await startStack(t, { storeUrl: s3.url })
const answers = recordAnswers(t, stack.url)
const anybody = createClient(stack.url)
const { client } = await createUserWithoutConversions(await stack.signInAsAdmin())
const store = await createObjectStore(bucket.storeUrl)
t.teardown(() => store.close())
const bytes = await photo({ width: 1200, height: 900 })
const file = { filename: 'mill.jpg', bytes }

async function keys(): Promise<string[]> {
  const all: string[] = []
  for (const prefix of ['originals/', 'renditions/']) {
    for await (const { key } of store.list(prefix)) all.push(key)
  }
  return all
}

t.test('the journey', async (t) => {
  const { id } = await client.uploadOne(file)
  const image = await client.waitUntilSettled(id)
  t.equal(image.state, 'ready')
  t.equal((await keys()).length, 3)
  for (const height of [200, 400]) {
    const answer = await client.get(image.thumbnails[height]?.url ?? '')
    t.equal(answer.status, 200)
    t.equal(answer.bytes.length, image.thumbnails[height]?.bytes)
  }
  const original = image.original?.url ?? ''
  t.ok((await client.get(original)).bytes.equals(bytes))
  const part = await client.get(original, { headers: { range: 'bytes=1000-1999' } })
  t.equal(part.status, 206)
  t.ok(part.bytes.equals(bytes.subarray(1000, 2000)))
  const head = await client.request('HEAD', original)
  t.equal(head.headers.get('content-length'), String(bytes.length))

  const link = await client.post<{ url: string }>(image.linksUrl ?? '', { target: 'original' })
  t.ok((await anybody.get(link.body.url)).bytes.equals(bytes))
  t.equal((await client.delete(`/v1/images/${id}`)).status, 204)
  t.equal((await anybody.get(link.body.url)).status, 404)
  await poll(async () => (await keys()).length === 0, { waitingFor: 'the bucket to be empty' })
})

t.test('fifty files, twenty of them refused', async (t) => {
  const files = Array.from({ length: 50 }, (_, index) =>
    index % 5 < 2 ? { ...file, bytes: Buffer.from('no picture') } : file,
  )
  const answer = await client.upload(files)
  t.equal(answer.status, 207)
  const kept = answer.body.items.flatMap((item) => item.image?.id ?? [])
  t.equal(kept.length, 30)
  for (const id of kept) t.equal((await client.waitUntilSettled(id, 60_000)).state, 'ready')
  t.equal((await keys()).length, 90)
})

t.test('the store stopped', async (t) => {
  const images = await imagesOf(client)
  const before = await keys()
  await s3.cut()
  const upload = await client.upload([file])
  t.match(upload, { status: 503, body: { code: 'TT_STORE_UNAVAILABLE' } })
  t.match(upload.headers.get('retry-after'), /^[1-9]\d*$/)
  t.match(await client.get<ProblemBody>(images[0]?.original?.url ?? ''), {
    status: 503,
    body: { code: 'TT_STORE_UNAVAILABLE' },
  })
  t.equal((await readiness(client, 'unavailable')).status, 503)
  t.equal((await imagesOf(client)).length, images.length, 'what needs no store goes on')
  await s3.restore()
  await readiness(client, 'ready')
  t.strictSame(await keys(), before, 'nothing is left of it')
  t.equal((await client.waitUntilSettled((await client.uploadOne(file)).id)).state, 'ready')
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)
