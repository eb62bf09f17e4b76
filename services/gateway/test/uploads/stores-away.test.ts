import { rename } from 'node:fs/promises'
import {
  type Answer,
  type Client,
  createTestDatabase,
  createUser,
  type ProblemBody,
  photo,
  poll,
  startTcpProxy,
  startTestRedis,
  type UploadBody,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, checkSpoolIsEmpty, heldFiles } from '../conduct.ts'
import { startGateway } from '../gateway.ts'
import { readiness } from '../readiness.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart, openMultipart } from './multipart.ts'
import { originalsIn, tracesOf } from './traces.ts'

const postgres = await startTcpProxy(t, (await createTestDatabase(t)).url)
const redis = await startTestRedis(t)
const gateway = await startGateway(t, { databaseUrl: postgres.url, redisUrl: redis.url })
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 320, height: 240 })
const file = { filename: 'a.jpg', bytes: jpeg }

const user = async () => (await createUser(admin, { tier: 'Basic' })).client

/** How many seconds a call took, for limits that are many times what it takes. */
async function timed<T>(call: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const start = performance.now()
  return [await call(), (performance.now() - start) / 1000]
}

function isUnavailable(t: Test, answer: Answer<unknown>, code: string, what = code): void {
  t.equal(answer.status, 503, what)
  t.equal((answer.body as ProblemBody).code, code, what)
  t.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, what)
}

/** An upload whose first file is taken and whose second one is on its way. */
async function uploadUnderWay(t: Test, client: Client) {
  const files = [filePart('a.jpg', jpeg), filePart('b.jpg', jpeg)]
  const body = multipart(files)
  const half = openMultipart(files.slice(0, 1)).length + jpeg.length / 2
  const connection = await beginUpload(t, client, `Content-Length: ${body.length}`)
  await connection.send(body.subarray(0, half))
  await poll(async () => (await tracesOf(gateway, client)).images.length === 1)
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 1)
  return {
    async finish() {
      await connection.send(body.subarray(half))
      const { status, body: answered } = await connection.answered<UploadBody>()
      return { status, items: answered.items }
    },
  }
}

t.test('Redis stopped before an upload', async (t) => {
  const client = await user()
  await redis.stop()
  const [answer, seconds] = await timed(() => client.upload([file]))
  t.equal(answer.status, 202)
  t.ok(seconds < 2, `answered in ${seconds} s`)
  const degraded = await readiness(client, 'degraded')
  t.equal(degraded.status, 200)
  t.strictSame(degraded.body.dependencies, { postgres: 'ok', store: 'ok', redis: 'unavailable' })
  await redis.start()
  await readiness(client, 'ready')
})

t.test('Redis that hangs', async (t) => {
  const client = await user()
  await redis.hang()
  const [answer, seconds] = await timed(() => client.upload([file]))
  t.equal(answer.status, 202)
  t.ok(seconds < 2, `answered in ${seconds} s`)
  const [many, manySeconds] = await timed(() => client.upload(Array.from({ length: 10 }, () => file)))
  t.equal(many.status, 202)
  t.ok(manySeconds < 3, `ten files answered in ${manySeconds} s: it is waited for once`)
  const id = answer.body.items[0]?.image?.id
  const [deleted, deletedSeconds] = await timed(() => client.delete(`/v1/images/${id}`))
  t.equal(deleted.status, 204)
  t.ok(deletedSeconds < 2, `deleted in ${deletedSeconds} s`)
  await redis.resume()
  await readiness(client, 'ready')
})

t.test('Redis stopped during an upload', async (t) => {
  const client = await user()
  const upload = await uploadUnderWay(t, client)
  await redis.kill()
  const [answer, seconds] = await timed(() => upload.finish())
  t.equal(answer.status, 202)
  t.ok(seconds < 2, `answered in ${seconds} s`)
  t.equal((await tracesOf(gateway, client)).images.length, 2)
  await redis.start()
})

t.test('the store away before an upload', async (t) => {
  const client = await user()
  const { body } = await client.upload([file])
  const id = body.items[0]?.image?.id ?? ''
  await rename(gateway.storeDir, `${gateway.storeDir}-away`)
  isUnavailable(t, await client.upload([file, file]), 'TT_STORE_UNAVAILABLE')
  t.equal((await readiness(client, 'unavailable')).status, 503)
  t.equal((await client.get(`/v1/images/${id}`)).status, 200, 'what needs no store goes on')
  const owner = await admin.upload([file])
  isUnavailable(t, owner, 'TT_STORE_UNAVAILABLE')
  const premium = (await createUser(admin, { tier: 'Premium' })).client
  await rename(`${gateway.storeDir}-away`, gateway.storeDir)
  const image = await premium.uploadOne(file)
  await rename(gateway.storeDir, `${gateway.storeDir}-away`)
  isUnavailable(t, await premium.get(`/v1/images/${image.id}/original`), 'TT_STORE_UNAVAILABLE', 'bytes')
  await rename(`${gateway.storeDir}-away`, gateway.storeDir)
  t.equal((await premium.get(`/v1/images/${image.id}/original`)).status, 200)

  const traces = await tracesOf(gateway, client)
  t.strictSame([traces.images, traces.usedImages, traces.usedBytes], [[id], 1, jpeg.length], 'no row is left')
  t.equal((await client.upload([file])).status, 202, 'and it goes on')
})

t.test('the store away during an upload', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const upload = await uploadUnderWay(t, client)
  await rename(gateway.storeDir, `${gateway.storeDir}-away`)
  const answer = await upload.finish()
  await rename(`${gateway.storeDir}-away`, gateway.storeDir)
  t.equal(answer.status, 207)
  t.match(answer.items, [
    { status: 'accepted' },
    { status: 'rejected', error: { code: 'TT_STORE_UNAVAILABLE' } },
  ])
  const traces = await tracesOf(gateway, client)
  t.strictSame(traces.images, [answer.items[0]?.image?.id])
  t.equal(traces.originals.length, before.length + 1)
  await checkSpoolIsEmpty(t, gateway)
})

t.test('PostgreSQL away before a request', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  await postgres.cut()
  const calls: Record<string, () => Promise<Answer<unknown>>> = {
    'an upload': () => client.upload([file]),
    'a list': () => client.get('/v1/images'),
    'a login': () => client.post('/v1/auth/login', { username: 'somebody', password: 'something' }),
    'a new tier': () => admin.post('/v1/admin/tiers', { name: 'x' }),
  }
  for (const [what, call] of Object.entries(calls)) {
    const [answer, seconds] = await timed(call)
    isUnavailable(t, answer, 'TT_DATABASE_UNAVAILABLE', what)
    t.ok(seconds < 5, `${what} is answered in ${seconds} s`)
  }
  const unready = await readiness(client, 'unavailable', 'postgres')
  t.equal(unready.status, 503)
  t.strictSame(unready.body.dependencies, { postgres: 'unavailable', store: 'ok', redis: 'ok' })
  t.equal((await client.get('/healthz')).status, 200, 'it is alive all the same')
  await postgres.restore()
  await readiness(client, 'ready')
  t.equal((await tracesOf(gateway, client)).images.length, 0)
  t.strictSame(await originalsIn(gateway), before, 'no object of it is left')
})

t.test('PostgreSQL away during an upload', async (t) => {
  const client = await user()
  const upload = await uploadUnderWay(t, client)
  const before = await originalsIn(gateway)
  await postgres.cut()
  const [answer, seconds] = await timed(() => upload.finish())
  await postgres.restore()
  t.ok(seconds < 5, `answered in ${seconds} s`)
  t.equal(answer.status, 207)
  t.match(answer.items, [
    { status: 'accepted' },
    { status: 'rejected', error: { code: 'TT_DATABASE_UNAVAILABLE', statusCode: 503 } },
  ])
  const traces = await poll(() => tracesOf(gateway, client))
  t.strictSame(traces.images, [answer.items[0]?.image?.id])
  t.strictSame([traces.usedImages, traces.usedBytes], [1, jpeg.length])
  // Its owner could not be asked for, so nothing was stored.
  t.equal(traces.originals.length, before.length)
  await checkSpoolIsEmpty(t, gateway)
})

t.test('conduct', (t) => checkConduct(t, gateway))
