import {
  type Client,
  createUser,
  type ImageBody,
  type ProblemBody,
  photo,
  poll,
  type UploadBody,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct } from '../conduct.ts'
import { startGateway } from '../gateway.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart, openMultipart } from './multipart.ts'
import { tracesOf } from './traces.ts'

// Its own: it is killed here.
const gateway = await startGateway(t)
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 64, height: 48 })
const png = await photo({ width: 16, height: 16, format: 'png' })
const user = async (tier = 'Basic') => (await createUser(admin, { tier })).client
const files = [
  { filename: 'a.jpg', bytes: jpeg, title: 'A' },
  { filename: 'b.png', bytes: png },
]
const send = (client: Client, key: string, sent = files) =>
  client.upload(sent, { headers: { 'idempotency-key': key } })

/** Begins an upload of two files and sends the first and half of the second. */
async function begin(t: Test, client: Client, key: string) {
  const parts = files.map(({ filename, bytes }) => filePart(filename, bytes))
  const whole = multipart(parts)
  const half = openMultipart(parts.slice(0, 1)).length + Math.floor(png.length / 2)
  const connection = await beginUpload(
    t,
    client,
    `Idempotency-Key: ${key}`,
    `Content-Length: ${whole.length}`,
  )
  await connection.send(whole.subarray(0, half))
  await poll(async () => (await tracesOf(gateway, client)).images.length === 1)
  return { ...connection, sendRest: () => connection.send(whole.subarray(half)) }
}

const untitled = files.map(({ filename, bytes }) => ({ filename, bytes }))
const endLease = () => gateway.database.db.execute(`UPDATE idempotent_requests SET leased_until = now()`)

t.test('the same request again gets the same answer', async (t) => {
  const client = await user()
  const sent = [...files, { filename: 'c.txt', bytes: Buffer.from('no picture') }]
  const first = await send(client, 'k1', sent)
  t.equal(first.status, 207)
  for (let times = 0; times < 2; times += 1) {
    // Each time in another boundary.
    const again = await send(client, 'k1', sent)
    t.equal(again.status, 207)
    t.strictSame(again.body, first.body)
  }
  t.equal((await tracesOf(gateway, client)).images.length, 2, 'nothing is kept twice')

  const one = await send(client, 'k2', [files[0] as (typeof files)[0]])
  const location = one.headers.get('location')
  t.ok(location)
  t.equal((await send(client, 'k2', [files[0] as (typeof files)[0]])).headers.get('location'), location)
  t.equal((await send(client, 'k3')).status, 202, 'another key is another request')
  t.equal((await send(await user(), 'k1')).status, 202, 'and so is the key of another person')
})

t.test('a refusal is an answer too', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'low',
    maxUploadBytes: 100,
  })
  const client = await user(tier.id)
  const first = await send(client, 'refused')
  t.match(first, { status: 413, body: { code: 'TT_FILE_TOO_LARGE' } })
  await admin.patch(`/v1/admin/tiers/${tier.id}`, { maxUploadBytes: 1_000_000 })
  const again = await send(client, 'refused')
  t.equal(again.status, 413)
  t.strictSame(again.body, first.body)
  t.match(await send(client, 'refused', [files[1] as (typeof files)[0]]), { status: 422 })
})

t.test('another body under the same key', async (t) => {
  const client = await user()
  t.equal((await send(client, 'key')).status, 202)
  const [a, b] = files as [(typeof files)[0], (typeof files)[0]]
  const OTHERS: [what: string, sent: typeof files][] = [
    ['another title', [{ ...a, title: 'B' }, b]],
    ['another name', [a, { ...b, filename: 'c.png' }]],
    ['other bytes', [a, { ...b, bytes: jpeg }]],
    ['another order', [b, a]],
    ['fewer', [a]],
    ['more', [a, b, b]],
  ]
  for (const [what, sent] of OTHERS) {
    t.match(
      await send(client, 'key', sent),
      { status: 422, body: { code: 'TT_IDEMPOTENCY_KEY_REUSED' } },
      what,
    )
  }
  t.equal((await tracesOf(gateway, client)).images.length, 2)
})

t.test('keys that are none', async (t) => {
  const client = await user()
  for (const key of ['', 'a b', 'é', 'x'.repeat(256), 'tab\there']) {
    const refused = (await send(client, key)) as { status: number; body: unknown }
    t.match(refused, {
      status: 400,
      body: { code: 'TT_BAD_IDEMPOTENCY_KEY', details: { field: 'idempotency-key' } },
    })
  }
  t.equal((await send(client, '!'.repeat(255))).status, 202)
})

t.test('under way', async (t) => {
  const client = await user()
  const connection = await begin(t, client, 'slow')
  const refused = await send(client, 'slow', untitled)
  t.match(refused, { status: 409, body: { code: 'TT_REQUEST_IN_FLIGHT' } })
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
  await connection.sendRest()
  const first = await connection.answered<UploadBody>()
  t.equal(first.status, 202)
  t.strictSame((await send(client, 'slow', untitled)).body, first.body)

  const together = await Promise.all(Array.from({ length: 6 }, () => send(client, 'together')))
  // Those that come once the first is done get its answer.
  const statuses = together.map(({ status }) => status)
  t.ok(statuses.includes(202))
  t.strictSame(
    statuses.filter((status) => status !== 202 && status !== 409),
    [],
  )
  t.equal((await tracesOf(gateway, client)).images.length, 4)
})

t.test('taken for dead and not', async (t) => {
  const client = await user()
  const connection = await begin(t, client, 'zombie')
  await endLease()
  const second = await send(client, 'zombie', untitled)
  t.equal(second.status, 202)
  await connection.sendRest()
  const first = await connection.answered<UploadBody>()
  t.equal(first.status, 202)
  const ids = (body: UploadBody) => body.items.map(({ image }) => image?.id)
  t.strictSame(ids(first.body), ids(second.body))
  const traces = await tracesOf(gateway, client)
  t.strictSame(traces.images, ids(second.body).toSorted(), 'each is kept once')
  t.strictSame([traces.usedImages, traces.usedBytes], [2, jpeg.length + png.length])
})

t.test('a body that broke off is gone on with', async (t) => {
  const client = await user()
  const connection = await begin(t, client, 'broken')
  connection.socket.destroy()
  const again = await poll(async () => {
    const answer = await send(client, 'broken', untitled)
    return answer.status !== 409 && answer
  })
  t.equal(again.status, 202)
  t.equal((await tracesOf(gateway, client)).images.length, 2)
})

t.test('what is not the server’s last word is not kept', async (t) => {
  const client = await user()
  const { db } = gateway.database
  await db.execute(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$`)
  await db.execute('CREATE TRIGGER refuse BEFORE INSERT ON images EXECUTE FUNCTION refuse()')
  const first = await send(client, 'fault', [files[0] as (typeof files)[0]])
  t.equal(first.status, 503)
  await db.execute('DROP TRIGGER refuse ON images')
  t.equal((await send(client, 'fault')).status, 202, 'the key is free, whatever comes with it')
})

t.test('after a day', async (t) => {
  const client = await user()
  await send(client, 'old')
  await gateway.database.db.execute(
    `UPDATE idempotent_requests SET created_at = now() - interval '1 day' WHERE key = 'old'`,
  )
  t.equal((await send(client, 'old', [files[1] as (typeof files)[0]])).status, 202)
  t.equal((await tracesOf(gateway, client)).images.length, 3)
})

t.test('deleted meanwhile, it is not there for a retry', async (t) => {
  const client = await user()
  const connection = await begin(t, client, 'deleted')
  connection.socket.destroy()
  const { body } = await client.get<{ items: ImageBody[] }>('/v1/images')
  await client.delete(`/v1/images/${body.items[0]?.id}`)
  const again = await poll(async () => {
    const answer = await send(client, 'deleted', untitled)
    return answer.status !== 409 && answer
  })
  t.equal(again.status, 202)
  t.equal((await tracesOf(gateway, client)).images.length, 2)
})

t.test('conduct', (t) => checkConduct(t, gateway))

t.test('a gateway that is killed half way', async (t) => {
  const client = await user()
  await begin(t, client, 'killed')
  await gateway.service.kill('SIGKILL')
  await gateway.startAgain()
  t.match(await send(client, 'killed', untitled), { status: 409 }, 'its lease lasts')
  await endLease()
  const [{ id: kept }] = (await client.get<{ items: [ImageBody] }>('/v1/images')).body.items
  const other = [{ filename: 'a.jpg', bytes: png }]
  t.match((await send(client, 'killed', other)) as { body: unknown }, {
    status: 422,
    body: { code: 'TT_IDEMPOTENCY_KEY_REUSED' } satisfies Partial<ProblemBody>,
  })
  const again = await send(client, 'killed', untitled)
  t.equal(again.status, 202)
  t.equal(again.body.items[0]?.image?.id, kept)
  const traces = await tracesOf(gateway, client)
  t.equal(traces.images.length, 2)
  t.strictSame([traces.usedImages, traces.usedBytes], [2, jpeg.length + png.length])
  t.strictSame((await send(client, 'killed', untitled)).body, again.body)
})
