import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { updateUser } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { createProducer, PRODUCER_REDIS } from '@tintype/jobs'
import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import { type Client, createUser, type ProblemBody, poll, type TestUser } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, heldFiles } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { derive, uploadPicture } from '../images/derived.ts'
import { ODD_NAMES } from '../odd-names.ts'
import { readZip } from './read-zip.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const user = (tier = 'Premium') => createUser(admin, { tier })

interface Address {
  url: string
  expiresAt: string
}
const order = (client: Client, body: object) =>
  client.post<Address & ProblemBody>('/v1/archives', { rendition: 'original', ...body })
const reachable = (url: string) => url.replace('localhost', '127.0.0.1')

async function fetchZip(client: Client, body: object) {
  const { body: address } = await order(client, body)
  const answer = await fetch(reachable(address.url))
  const zip = Buffer.from(await answer.arrayBuffer())
  return { answer, entries: await readZip(zip) }
}

/** Rows and objects of one size, as uploads leave them, made in bulk. */
async function fill(owner: TestUser, count: number, bytes: number): Promise<void> {
  const ids = Array.from({ length: count }, uuidv7)
  const content = randomBytes(bytes)
  await mkdir(join(gateway.storeDir, 'originals'), { recursive: true })
  for (const id of ids) await writeFile(join(gateway.storeDir, 'originals', id), content)
  const rows = ids.map(
    (id, index) => `('${id}', '${owner.id}', '', 'IMG_${index % 500}.jpg', 'x', 'jpeg', 1, 1, ${bytes})`,
  )
  await gateway.database.db.execute(`
    INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes)
    VALUES ${rows.join(', ')}`)
}

/** Fetches an archive, once those before it are over, and reads nothing of it until told. */
async function openSlowly(t: Test, client: Client, body: object): Promise<IncomingMessage> {
  const { body: address } = await order(client, body)
  return poll(async () => {
    const request = httpRequest(reachable(address.url)).end()
    t.teardown(() => request.destroy())
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    return answer.statusCode === 200 && answer
  })
}

const idOf = (url: string) => new URL(url).pathname.split('/').at(-1)

const read = (answer: IncomingMessage): Promise<Buffer | 'cut'> =>
  answer.toArray().then(
    (chunks) => Buffer.concat(chunks),
    () => 'cut' as const,
  )

t.test('some pictures, and all', async (t) => {
  const { client } = await user()
  const images = []
  for (const filename of ['a.jpg', 'A.JPG', 'b.jpg']) images.push(await uploadPicture(client, { filename }))
  const { answer, entries } = await fetchZip(client, { all: true })
  t.equal(answer.status, 200)
  t.match(Object.fromEntries(answer.headers), {
    'content-type': 'application/zip',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex',
    'content-disposition': /^attachment; filename="original-\d{4}-\d\d-\d\d\.zip"/,
  })
  t.strictSame(
    entries.map(({ name }) => name),
    ['a.jpg', 'A (2).JPG', 'b.jpg'],
  )
  for (const [index, image] of images.entries()) t.ok(entries[index]?.bytes.equals(image.content))
  const ids = [images[2]?.id, images[0]?.id, images[2]?.id]
  t.strictSame(
    (await fetchZip(client, { ids })).entries.map(({ name }) => name),
    ['a.jpg', 'b.jpg'],
  )
  const { body } = await order(client, { all: true })
  const lifeMs = new Date(body.expiresAt).getTime() - Date.now()
  t.ok(lifeMs > 3500_000 && lifeMs <= 3600_000)
  for (const times of [1, 2]) {
    const head = await fetch(reachable(body.url), { method: 'HEAD' })
    t.equal(head.status, 200, `${times}`)
    t.equal(head.headers.get('content-type'), 'application/zip')
  }
})

t.test('what cannot be included is listed', async (t) => {
  const { client } = await user()
  const made = await uploadPicture(client, { filename: 'made.heic' })
  const late = await uploadPicture(client, { filename: 'late.jpg' })
  const gone = await uploadPicture(client, { filename: 'gone.jpg' })
  await uploadPicture(client, { filename: 'not-included.txt' })
  const contents = await derive(gateway, made.id, [200])
  const ids = [made.id, late.id, gone.id]
  const address = (await order(client, { ids, rendition: 'h200' })).body
  await client.delete(`/v1/images/${gone.id}`)
  const entries = await readZip(Buffer.from(await (await fetch(reachable(address.url))).arrayBuffer()))
  t.strictSame(
    entries.map(({ name }) => name),
    ['made.jpg', 'not-included.txt'],
  )
  t.ok(entries[0]?.bytes.equals(contents.get(200) as Buffer))
  const list = String(entries[1]?.bytes).trim().split('\r\n')
  t.equal(list.length, 2)
  t.match(list[0], new RegExp(`^late.jpg\\t${late.id}\\tIt is being made; fetch the archive again later.$`))
  t.match(list[1], new RegExp(`\\t${gone.id}\\tIt was deleted meanwhile.$`))

  await gateway.store.delete(`originals/${made.id}`)
  const { entries: originals } = await fetchZip(client, { all: true })
  t.strictSame(
    originals.map(({ name }) => name),
    ['late.jpg', 'not-included.txt.jpg', 'not-included.txt'],
  )
  t.match(String(originals[2]?.bytes), 'made.heic')
  t.strictSame((await fetchZip((await user()).client, { all: true })).entries, [], 'of nobody’s pictures')
})

const wanted = async (name: string, ids: string[]) => {
  const rows = await gateway.database.db.execute<{ id: string }>(
    `SELECT image_id AS id FROM renditions WHERE name = '${name}' AND image_id = ANY ('{${ids.join(',')}}')
      AND object_key IS NULL AND failure_code IS NULL ORDER BY image_id`,
  )
  return rows.map(({ id }) => id)
}

t.test('what is not made is asked for', async (t) => {
  const { client } = await user()
  const images = [await uploadPicture(client), await uploadPicture(client), await uploadPicture(client)]
  const [made = '', second = '', third = ''] = images.map(({ id }) => id)
  await derive(gateway, made, [400])
  const redis = connectRedis(gateway.redis?.url ?? '', PRODUCER_REDIS, createLogger('gateway', 'silent'))
  t.teardown(() => disconnectRedis(redis))
  const producer = createProducer(redis)
  t.teardown(() => producer.close())
  const waiting = () => producer.countJobs().then(({ conversions }) => conversions.prioritized)
  const before = Number(await poll(() => waiting().then(String)))

  t.test('when some are ordered: of these, with their jobs', async (t) => {
    await order(client, { ids: [second], rendition: 'full.png' })
    t.strictSame(await wanted('full.png', [second, third]), [second])
    await order(client, { ids: [second, third], rendition: 'full.png' })
    t.strictSame(await wanted('full.png', [second, third]), [second, third])
    t.equal(await waiting(), before + 2, 'each once')
  })

  t.test('when all are ordered, and of those that came since when it is fetched', async (t) => {
    const { body } = await order(client, { all: true, rendition: 'h400' })
    t.strictSame(await wanted('h400', [made, second, third]), [second, third])
    const { id: late } = await uploadPicture(client)
    const entries = await readZip(Buffer.from(await (await fetch(reachable(body.url))).arrayBuffer()))
    t.equal(String(entries.at(-1)?.bytes).match(/being made/g)?.length, 3)
    t.strictSame(await wanted('h400', [late]), [late])
    await derive(gateway, late, [400])
    const again = await readZip(Buffer.from(await (await fetch(reachable(body.url))).arrayBuffer()))
    t.equal(again.length, 3, 'it is there the next time')
  })
})

t.test('odd names', async (t) => {
  const { client } = await user()
  const { id } = await uploadPicture(client)
  for (const [sent, kept] of ODD_NAMES) {
    if (kept !== '') await client.patch(`/v1/images/${id}`, { filename: sent })
    const { entries } = await fetchZip(client, { all: true })
    t.equal(entries.length, 1, JSON.stringify(sent.slice(0, 40)))
    const answer = await client.get(
      `/v1/images/${id}/original?filename=${encodeURIComponent(sent.toWellFormed().slice(0, 300))}`,
    )
    t.ok([200, 400].includes(answer.status), `${answer.status}`)
  }
})

t.test('orders that are none', async (t) => {
  const { client } = await user()
  const { id } = await uploadPicture(client)
  const { id: theirs } = await uploadPicture((await user()).client)
  const BAD: [body: object, status: number, field: string][] = [
    [{}, 400, 'ids'],
    [{ ids: [id], all: true }, 400, 'ids'],
    [{ all: false }, 400, 'all'],
    [{ ids: [] }, 400, 'ids'],
    [{ ids: Array.from({ length: 1001 }, () => id) }, 400, 'ids'],
    [{ ids: [1] }, 400, 'ids.0'],
    ...['', 'abc', '²', '-1', '1e9', '200', 'h0', 'h200.webp', 'full.gif', '__proto__'].map(
      (rendition): [object, number, string] => [{ all: true, rendition }, 400, 'rendition'],
    ),
    [{ all: true, rendition: 1 }, 400, 'rendition'],
    [{ all: true, rendition: 'h300' }, 403, 'rendition'],
    [{ all: true, rendition: 'full.avif' }, 403, 'rendition'],
    ...[theirs, uuidv7(), 'abc', '²', '-1', '1e9'].map((other): [object, number, string] => [
      { ids: [id, other] },
      404,
      'ids',
    ]),
  ]
  for (const [body, status, field] of BAD) {
    const answer = await order(client, body)
    t.equal(answer.status, status, JSON.stringify(body).slice(0, 80))
    t.equal(([answer.body.details].flat() as { field: string }[])[0]?.field, field)
  }
  t.match((await order(client, { ids: [id, theirs, uuidv7()] })).body.details, { id: theirs })
  t.equal((await order((await user('Basic')).client, { all: true })).status, 403)
})

t.test('the address lets in whoever has it, and nobody else', async (t) => {
  const owner = await user()
  const { client } = owner
  await uploadPicture(client)
  const { body } = await order(client, { all: true })
  const other = new URL((await order(client, { all: true })).body.url)
  const url = reachable(body.url)
  const status = async (address: string) => {
    const answer = await fetch(address)
    await answer.body?.cancel()
    return answer.status
  }
  t.equal(await status(url), 200)
  t.equal(await status(url.replace(/\?.*/, other.search)), 404, 'another’s signature')
  t.equal(await status(url.replace(/\?.*/, '?signature=')), 404)
  t.equal(await status(url.replace(/\?.*/, '')), 400)
  for (const id of ['abc', '²', '-1', '1e9', uuidv7()]) {
    t.equal(await status(url.replace(/archives\/[^?]+/, `archives/${encodeURIComponent(id)}`)), 404, id)
  }
  t.equal((await client.get(url.replace(/\?.*/, ''))).status, 400, 'credentials do not replace it')

  await gateway.database.db.execute(`UPDATE archives SET expires_at = now() WHERE id <> '${idOf(url)}'`)
  t.equal(await status(reachable(other.href)), 404, 'expired')
  t.equal(await status(url), 200)

  const { body: tiers } = await admin.get<{ items: { id: string; name: string }[] }>('/v1/admin/tiers')
  const tierId = (name: string) => tiers.items.find((tier) => tier.name === name)?.id ?? ''
  await updateUser(gateway.database, owner.id, { tierId: tierId('Basic') })
  t.equal(await status(url), 403, 'the right is lost')
  await updateUser(gateway.database, owner.id, { tierId: tierId('Premium'), disabled: true })
  t.equal(await status(url), 404, 'disabled')
  await updateUser(gateway.database, owner.id, { disabled: false })
  t.equal(await status(url), 404, 'what that ended stays ended')
  const secret = new URL(body.url).searchParams.get('signature') ?? ''
  t.notOk(JSON.stringify(gateway.service.logs).includes(secret), 'no log has it')
})

t.test('while it is fetched', async (t) => {
  const owner = await user()
  await fill(owner, 12, 4_000_000)
  const held = () => heldFiles(gateway.service, gateway.storeDir)
  /** Reads on until its sender has stopped in the middle of an object, and not between two. */
  const untilHeld = (answer: IncomingMessage) =>
    poll(
      async () => {
        answer.read()
        return (await held()).length === 1
      },
      { waitingFor: 'an object to be open' },
    )

  t.test('a right that is lost is lost for what comes after', async (t) => {
    const answer = await openSlowly(t, owner.client, { all: true })
    // Its sender has stopped in the middle of an object, or between two.
    await poll(async () => (await held()).length <= 1, { waitingFor: 'no more than one object to be open' })
    const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', { name: 'none' })
    await updateUser(gateway.database, owner.id, { tierId: tier.id })
    // Longer than what was read of rows and rights counts as fresh.
    const readAt = Date.now()
    await poll(() => Date.now() - readAt > 1100)
    const entries = await readZip((await read(answer)) as Buffer)
    t.ok(entries.length < 12, `${entries.length}`)
    const list = String(entries.at(-1)?.bytes).trim().split('\r\n')
    t.equal(entries.length - 1 + list.length, 12)
    t.match(list.at(-1), /Your tier does not grant it any more\.$/)
    const { body: tiers } = await admin.get<{ items: { id: string; name: string }[] }>('/v1/admin/tiers')
    await updateUser(gateway.database, owner.id, {
      tierId: tiers.items.find(({ name }) => name === 'Premium')?.id ?? '',
    })
  })

  t.test('whoever goes away leaves nothing open', async (t) => {
    const answer = await openSlowly(t, owner.client, { all: true })
    await untilHeld(answer)
    answer.destroy()
    await poll(async () => (await held()).length === 0, { waitingFor: 'the object to be closed' })
  })

  t.test('two at once and no more', async (t) => {
    const two = [
      await openSlowly(t, owner.client, { all: true }),
      await openSlowly(t, owner.client, { all: true }),
    ]
    const { body } = await order(owner.client, { all: true })
    const third = await fetch(reachable(body.url))
    t.equal(third.status, 429)
    t.match(await third.json(), { code: 'TT_TOO_MANY_ARCHIVES' })
    t.match(third.headers.get('retry-after'), /^[1-9]\d*$/)
    for (const answer of two) answer.destroy()
    const again = await poll(async () => {
      const answer = await fetch(reachable(body.url))
      await answer.body?.cancel()
      return answer.status === 200
    })
    t.ok(again)
  })

  t.test('a store that fails cuts it', async (t) => {
    const answer = await openSlowly(t, owner.client, { all: true })
    await untilHeld(answer)
    await rename(gateway.storeDir, `${gateway.storeDir}-away`)
    const rest = await read(answer)
    const refused = await fetch(reachable((await order(owner.client, { all: true })).body.url))
    await rename(`${gateway.storeDir}-away`, gateway.storeDir)
    t.equal(rest, 'cut')
    t.match(await refused.json(), { statusCode: 503 }, 'and is told of before the first byte')
  })

  t.test('an owner who is disabled cuts it', async (t) => {
    const answer = await openSlowly(t, owner.client, { all: true })
    await untilHeld(answer)
    await updateUser(gateway.database, owner.id, { disabled: true })
    const readAt = Date.now()
    await poll(() => Date.now() - readAt > 1100)
    t.equal(await read(answer), 'cut')
  })
})

t.test('conduct', (t) => checkConduct(t, gateway))

t.test('two thousand pictures in flat memory', async (t) => {
  const owner = await user()
  await fill(owner, 2000, 100_000)
  const { body } = await order(owner.client, { all: true })
  const memoryMb = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${gateway.service.pid}/status`, 'utf8'))?.[1]) / 1024
  const drain = async (url: string) => {
    for await (const _chunk of (await fetch(url)).body ?? []);
  }
  const fresh = await memoryMb()
  await drain(reachable(body.url))
  const before = await memoryMb()
  const peak = { mb: before }
  const timer = setInterval(async () => {
    peak.mb = Math.max(peak.mb, await memoryMb())
  }, 50)
  const startedAt = performance.now()
  const zip = Buffer.from(await (await fetch(reachable(body.url))).arrayBuffer())
  const seconds = (performance.now() - startedAt) / 1000
  clearInterval(timer)
  const entries = await readZip(zip)
  t.equal(entries.length, 2000)
  t.equal(new Set(entries.map(({ name }) => name.toLowerCase())).size, 2000)
  t.ok(zip.length > 200_000_000)
  t.comment(
    `${(zip.length / 1e6).toFixed()} MB in ${seconds.toFixed(1)} s; ${fresh.toFixed()} MB, ${before.toFixed()} MB → ${peak.mb.toFixed()} MB`,
  )
  t.ok(peak.mb - before < 64, `grew by ${(peak.mb - before).toFixed()} MB`)
})
