// In a process of its own: it takes parts of the product away.

import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@tintype/database'
import {
  type Answer,
  type Client,
  createClient,
  createTestDatabase,
  type ProblemBody,
  photo,
  poll,
  startStack,
  startTcpProxy,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { readiness } from '../readiness.ts'
import { countObjects, createUserWithoutConversions, imagesOf, objectsOf } from './objects.ts'

const postgres = await startTcpProxy(t, (await createTestDatabase(t)).url)
const stack = await startStack(t, { databaseUrl: postgres.url })
const answers = recordAnswers(t, stack.url)
const services = [stack.gateway, stack.links]
const admin = await stack.signInAsAdmin()
const anybody = createClient(stack.url)
const { client } = await createUserWithoutConversions(admin)
const bytes = await photo({ width: 900, height: 600 })
const file = { filename: 'a.jpg', bytes }
const database = openDatabase(stack.databaseUrl)
t.teardown(() => database.close())
/** Images without a job are looked for every twenty seconds. */
const LATE_MS = 45_000

function isUnavailable(t: Test, answer: Answer<unknown>, code: string): void {
  t.match(answer, { status: 503, body: { code } })
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
}

async function uploadInTime(t: Test, sender: Client): Promise<string> {
  const start = performance.now()
  const answer = await sender.upload([file])
  const seconds = (performance.now() - start) / 1000
  t.equal(answer.status, 202)
  t.ok(seconds < 2, `answered in ${seconds} s`)
  return answer.body.items[0]?.image?.id ?? ''
}

const isReady = async (url: string) => (await fetch(`${url}/readyz`)).status === 200

t.test('PostgreSQL stopped: refused, nothing is left, and then it goes on', async (t) => {
  const image = await client.uploadOne(file)
  await client.waitUntilSettled(image.id)
  const link = await client.post<{ url: string }>(`/v1/images/${image.id}/links`, { target: 'h200' })
  const before = await countObjects(stack.storeUrl)
  await postgres.cut()
  isUnavailable(t, await client.upload([file]), 'TT_DATABASE_UNAVAILABLE')
  isUnavailable(t, await client.get('/v1/images'), 'TT_DATABASE_UNAVAILABLE')
  isUnavailable(t, await anybody.get(link.body.url), 'TT_DATABASE_UNAVAILABLE')
  for (const { url } of [stack.gateway, stack.links, ...stack.workers])
    await poll(async () => !(await isReady(url)))
  await postgres.restore()
  for (const { url } of [stack.gateway, stack.links, ...stack.workers]) await poll(() => isReady(url))
  t.strictSame(await countObjects(stack.storeUrl), before)
  t.equal((await anybody.get(link.body.url)).status, 200)
  t.equal((await client.waitUntilSettled((await client.uploadOne(file)).id)).state, 'ready')
})

t.test('the store away: refused, no row is left, and then it goes on', async (t) => {
  const images = await imagesOf(client)
  const folder = fileURLToPath(stack.storeUrl)
  await rename(folder, `${folder}-away`)
  isUnavailable(t, await client.upload([file]), 'TT_STORE_UNAVAILABLE')
  isUnavailable(t, await client.get(`/v1/images/${images[0]?.id}/original`), 'TT_STORE_UNAVAILABLE')
  isUnavailable(t, await client.get(`/v1/images/${images[0]?.id}/thumbnails/200`), 'TT_STORE_UNAVAILABLE')
  t.equal((await imagesOf(client)).length, images.length)
  await rename(`${folder}-away`, folder)
  await poll(() => isReady(stack.gateway.url))
  t.strictSame(await countObjects(stack.storeUrl), objectsOf(images))
  t.equal((await client.waitUntilSettled((await client.uploadOne(file)).id)).state, 'ready')
})

t.test('Redis stopped: uploads are taken, links say so, and all is done once it is back', async (t) => {
  const before = await client.uploadOne(file)
  await client.waitUntilSettled(before.id)
  const link = await client.post<{ url: string }>(`/v1/images/${before.id}/links`, { target: 'h200' })
  await stack.redis.stop()
  const id = await uploadInTime(t, client)
  isUnavailable(t, await anybody.get(link.body.url), 'TT_REDIS_UNAVAILABLE')
  t.match((await anybody.get<ProblemBody>('/l/x')).status, 404, 'a forged one needs none')
  t.equal((await client.get(`/v1/images/${before.id}/thumbnails/200`)).status, 200, 'reads go on')
  t.equal((await readiness(anybody, 'degraded')).status, 200)

  // Services that start meanwhile start, and join it later.
  const [gateway, worker, links] = await Promise.all([
    stack.startGateway(),
    stack.startWorker({ until: 'listening' }),
    stack.startLinks({ until: 'listening' }),
  ])
  services.push(gateway, links)
  const second = await uploadInTime(t, createClient(gateway.url, client.accessToken))

  // Those that came without it are looked for once they have waited for a minute: as if it had passed.
  await database.db.execute(
    "UPDATE images SET progress_at = progress_at - interval '1 minute' WHERE state = 'pending'",
  )
  await stack.redis.start()
  for (const { url } of [gateway, worker, links]) await poll(() => isReady(url))
  await poll(async () => (await anybody.get(link.body.url)).status === 200)
  const after = await client.uploadOne(file)
  t.equal((await client.waitUntilSettled(after.id)).state, 'ready', 'new ones at once')
  for (const one of [id, second]) {
    t.equal((await client.waitUntilSettled(one, LATE_MS)).state, 'ready', 'those that came without it too')
  }
})

t.test('a links service that is down is no more than that', async (t) => {
  const [image] = await imagesOf(client)
  await stack.links.kill()
  isUnavailable(t, await anybody.get('/l/x'), 'TT_LINKS_UNAVAILABLE')
  isUnavailable(t, await client.get(`/v1/images/${image?.id}/links`), 'TT_LINKS_UNAVAILABLE')
  t.equal((await client.get(`/v1/images/${image?.id}`)).status, 200)
  t.equal((await client.upload([file])).status, 202)
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [...services, ...stack.workers] }),
)
