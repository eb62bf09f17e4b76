import { createHash } from 'node:crypto'
import { updateUser } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { boastfulPng, type Client, createTestBucket, createUser, photo, type Scope } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct } from '../conduct.ts'
import { startGateway, type TestGateway } from '../gateway.ts'
import { ODD_NAMES } from '../odd-names.ts'
import { openConnection } from '../raw-http.ts'
import { originalsIn, tracesOf } from '../uploads/traces.ts'
import { announce, complete, reachable, sendTo, stagedIn } from './direct.ts'

const jpeg = await photo({ width: 64, height: 48 })
const png = await photo({ width: 16, height: 16, format: 'png' })
const sha256 = createHash('sha256').update(jpeg).digest('hex')

/** The same S3 server under another name, as browsers may know it by one. */
const publicUrl = new URL(`http://localhost:${new URL(process.env.TEST_STORE_URL ?? '').port}`).origin

async function open(t: Scope, store: 'file' | 's3') {
  const options = store === 's3' ? { storeUrl: (await createTestBucket(t)).storeUrl } : {}
  const gateway = await startGateway(t, {
    ...options,
    env: { STORE_PUBLIC_URL: publicUrl, CORS_ORIGINS: 'https://pictures.example' },
  })
  const admin = await gateway.signInAsAdmin()
  let made = 0
  async function user(limits: object = {}): Promise<Client & { id: string; tierId: string }> {
    made += 1
    const { body } = await admin.post<{ id: string }>('/v1/admin/tiers', { name: `tier ${made}`, ...limits })
    const { client, id } = await createUser(admin, { tier: body.id })
    return { ...client, id, tierId: body.id }
  }
  return { gateway, admin, user }
}

async function holdsNothing(t: Test, gateway: TestGateway, client: Client): Promise<void> {
  t.match(await tracesOf(gateway, client), { images: [], usedBytes: 0, usedImages: 0 }, 'no row, no usage')
}

const opened = { file: await open(t, 'file'), s3: await open(t, 's3') }

for (const store of ['file', 's3'] as const) {
  t.test(`a store of the kind ${store}`, async (t) => {
    const { gateway, admin, user } = opened[store]

    t.test('announced, sent, completed', async (t) => {
      const client = await user()
      const { status, body, headers } = await announce(client, {
        bytes: jpeg.length,
        sha256,
        title: 'The mill',
      })
      t.equal(status, 201)
      t.equal(headers.get('cache-control'), 'no-store')
      t.equal(body.upload.method, store === 's3' ? 'POST' : 'PUT')
      t.equal(body.upload.url.startsWith(publicUrl), store === 's3', 'where browsers reach the store')
      const lifeMs = new Date(body.expiresAt).getTime() - Date.now()
      t.ok(lifeMs > 3500_000 && lifeMs <= 3600_000, 'for an hour')
      t.match(
        await tracesOf(gateway, client),
        { images: [], usedBytes: jpeg.length, usedImages: 1 },
        'is counted',
      )
      t.match((await client.get(`/v1/uploads/${body.id}`)).body, { state: 'open', filename: 'a.jpg' })
      t.match(await complete(client, body.id), { status: 409, body: { code: 'TT_UPLOAD_NOT_ARRIVED' } })

      t.equal((await sendTo(gateway, body, jpeg)).status, 204)
      t.strictSame(await stagedIn(gateway), [body.id])
      const done = await complete(client, body.id)
      t.match(done, {
        status: 202,
        body: {
          title: 'The mill',
          format: 'jpeg',
          width: 64,
          height: 48,
          bytes: jpeg.length,
          sha256,
          state: 'pending',
        },
      })
      t.ok(done.headers.get('location')?.endsWith(`/v1/images/${done.body.id}`))
      const traces = {
        images: [done.body.id],
        originals: [done.body.id],
        usedBytes: jpeg.length,
        usedImages: 1,
      }
      t.strictSame(await tracesOf(gateway, client), traces)
      t.strictSame(await stagedIn(gateway), [])
      t.match((await client.get(`/v1/uploads/${body.id}`)).body, {
        state: 'completed',
        image: { id: done.body.id },
      })

      t.strictSame((await complete(client, body.id)).body.id, done.body.id, 'again it is the same')
      t.match(await client.delete(`/v1/uploads/${body.id}`), { status: 409 })
      // Whoever has the address may still write there; it is nothing to the picture.
      await gateway.store.put(`staging/${body.id}`, png, { bytes: png.length, contentType: 'image/png' })
      t.equal((await complete(client, body.id)).body.sha256, sha256)
      const original = await gateway.store.head(`originals/${done.body.id}`)
      t.equal(original?.bytes, jpeg.length)
      await gateway.store.delete(`staging/${body.id}`)
      await client.delete(`/v1/images/${done.body.id}`)
      t.equal((await complete(client, body.id)).status, 404, 'and gone with the picture')
      await gateway.store.delete(`originals/${done.body.id}`)
    })

    t.test('completed many times at once', async (t) => {
      const client = await user()
      const { body } = await announce(client, { bytes: jpeg.length })
      await sendTo(gateway, body, jpeg)
      const answers = await Promise.all(Array.from({ length: 6 }, () => complete(client, body.id)))
      t.strictSame([...new Set(answers.map(({ status }) => status))], [202])
      const [id] = new Set(answers.map((answer) => answer.body.id))
      t.strictSame(await tracesOf(gateway, client), {
        ...{ images: [id], originals: [id], usedBytes: jpeg.length, usedImages: 1 },
      })
      t.strictSame(await stagedIn(gateway), [])
      await gateway.store.delete(`originals/${id}`)
    })

    t.test('more than was announced is not taken', async (t) => {
      const client = await user()
      const { body } = await announce(client, { bytes: jpeg.length })
      const larger = await sendTo(gateway, body, Buffer.concat([jpeg, Buffer.alloc(1)]))
      t.ok(larger.status >= 400 && larger.status < 500, `${larger.status}`)
      t.strictSame(await stagedIn(gateway), [])
      t.equal((await client.delete(`/v1/uploads/${body.id}`)).status, 204, 'given up')
      t.equal((await client.get(`/v1/uploads/${body.id}`)).status, 404)
      t.equal((await complete(client, body.id)).status, 404)
      await holdsNothing(t, gateway, client)
    })

    t.test('what is refused is gone, with what it reserved', async (t) => {
      const client = await user({ maxPixels: 64 * 64 })
      const BAD: [code: string, status: number, announced: object, sent: Uint8Array][] = [
        ['TT_SIZE_MISMATCH', 422, { bytes: jpeg.length + 1 }, jpeg],
        ['TT_CHECKSUM_MISMATCH', 422, { bytes: png.length, sha256 }, png],
        ['TT_FORMAT_NOT_ACCEPTED', 415, { bytes: 5 }, Buffer.from('<svg>')],
        ['TT_IMAGE_DAMAGED', 422, { bytes: 20 }, png.subarray(0, 20)],
        ['TT_TOO_MANY_PIXELS', 413, {}, boastfulPng(65, 64)],
      ]
      for (const [code, status, announced, sent] of BAD) {
        const { body } = await announce(client, { bytes: sent.length, ...announced })
        // Put there as a store with a policy for sizes from 1 would take it.
        await gateway.store.put(`staging/${body.id}`, sent, { bytes: sent.length, contentType: 'image/jpeg' })
        t.match(await complete(client, body.id), { status, body: { code } }, code)
        t.equal((await complete(client, body.id)).status, 404)
        t.strictSame([await stagedIn(gateway), await originalsIn(gateway)], [[], []], code)
      }
      await holdsNothing(t, gateway, client)
    })

    t.test('rights are those of the moment', async (t) => {
      const client = await user()
      const lowered: [limit: string, code: string][] = [
        ['maxUploadBytes', 'TT_FILE_TOO_LARGE'],
        ['quotaBytes', 'TT_QUOTA_EXCEEDED'],
      ]
      for (const [limit, code] of lowered) {
        const { body } = await announce(client, { bytes: jpeg.length })
        await sendTo(gateway, body, jpeg)
        await admin.patch(`/v1/admin/tiers/${client.tierId}`, { [limit]: 1 })
        t.match(await complete(client, body.id), { status: 413, body: { code } }, limit)
        await admin.patch(`/v1/admin/tiers/${client.tierId}`, { [limit]: 10_000_000 })
      }
      await holdsNothing(t, gateway, client)
    })

    t.test('conduct', (t) => checkConduct(t, gateway))
  })
}

t.test('announcements', async (t) => {
  const { gateway, admin, user } = opened.file

  t.test('that are none', async (t) => {
    const client = await user({ maxUploadBytes: 5000 })
    const BAD: [fields: object, field: string][] = [
      ...['abc', '²', -1, 0, 1.5, null, 1e99].map((bytes): [object, string] => [{ bytes }, 'bytes']),
      [{ bytes: 9, contentType: 'image/svg+xml' }, 'contentType'],
      [{ bytes: 9, sha256: 'x'.repeat(64) }, 'sha256'],
      [{ bytes: 9, filename: 1 }, 'filename'],
      [{ bytes: 9, owner: 'x' }, 'owner'],
    ]
    for (const [fields, field] of BAD) {
      const answer = await announce(client, fields)
      t.equal(answer.status, 400, JSON.stringify(fields))
      t.equal(([answer.body.details].flat() as { field: string }[])[0]?.field, field)
    }
    t.match(await announce(client, { bytes: 5001 }), { status: 413, body: { details: { field: 'bytes' } } })
    await holdsNothing(t, gateway, client)
  })

  t.test('names are data', async (t) => {
    const client = await user()
    for (const [sent, kept] of ODD_NAMES) {
      const { body, status } = await announce(client, { bytes: 1, filename: sent, title: sent })
      t.equal(status, 201, JSON.stringify(sent.slice(0, 40)))
      const { body: found } = await client.get(`/v1/uploads/${body.id}`)
      t.match(found, { filename: kept || 'untitled', title: kept })
    }
  })

  t.test('hold no more than the quota, and no more than a hundred', async (t) => {
    const small = await user({ quotaBytes: 1050 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => announce(small, { bytes: 100 })))
    t.equal(answers.filter(({ status }) => status === 201).length, 10)
    t.equal(answers.filter(({ body }) => body.code === 'TT_QUOTA_EXCEEDED').length, 10)
    const many = await user()
    const all = await Promise.all(Array.from({ length: 110 }, () => announce(many, { bytes: 1 })))
    t.equal(all.filter(({ status }) => status === 201).length, 100)
    t.equal(all.filter(({ body }) => body.code === 'TT_TOO_MANY_OPEN_UPLOADS').length, 10)
  })

  t.test('of others do not exist', async (t) => {
    const [client, other] = [await user(), await user()]
    const { body } = await announce(client, { bytes: jpeg.length })
    for (const id of [body.id, uuidv7(), 'abc', '²', '-1', '1e9', `${body.id}x`]) {
      const path = `/v1/uploads/${encodeURIComponent(id)}`
      t.equal((await other.get(path)).status, 404, id)
      t.equal((await other.delete(path)).status, 404, id)
      t.equal((await complete(other, id)).status, 404, id)
    }
    t.equal((await client.get(`/v1/uploads/${body.id}`)).status, 200)
  })

  t.test('the address lets in whoever has it, and nobody else', async (t) => {
    const client = await user()
    const { body } = await announce(client, { bytes: jpeg.length })
    const address = reachable(gateway, body.upload.url)
    const other = (await announce(client, { bytes: jpeg.length })).body
    const signature = new URL(other.upload.url).searchParams.get('signature')
    const put = (url: string, init: RequestInit = {}) => fetch(url, { method: 'PUT', body: 'x', ...init })
    t.equal((await put(address.replace(/=.*/, `=${signature}`))).status, 404, 'another’s signature')
    t.equal((await put(address.replace(/=.*/, '='))).status, 404)
    t.equal((await put(address.replace(/\?.*/, ''))).status, 400)
    t.equal((await put(`${address}&signature=x`)).status, 400)
    t.equal((await put(address, { body: '' })).status, 422)
    t.equal((await put(address, { body: 'x' })).status, 422)
    await updateUser(gateway.database, client.id, { disabled: true })
    t.equal((await sendTo(gateway, body, jpeg)).status, 404, 'not once its owner is disabled')
    await updateUser(gateway.database, client.id, { disabled: false })
    await gateway.database.db.execute(`UPDATE direct_uploads SET expires_at = now() WHERE id = '${body.id}'`)
    t.equal((await sendTo(gateway, body, jpeg)).status, 404, 'nor after its time')
    const again = await createUser(admin, { tier: client.tierId })
    t.equal((await complete(again.client, body.id)).status, 404)
  })

  t.test('pages of known origins may send', async (t) => {
    const { body } = await announce(await user(), { bytes: jpeg.length })
    const preflight = await fetch(reachable(gateway, body.upload.url), {
      method: 'OPTIONS',
      headers: { origin: 'https://pictures.example', 'access-control-request-method': 'PUT' },
    })
    t.equal(preflight.headers.get('access-control-allow-origin'), 'https://pictures.example')
    t.match(preflight.headers.get('access-control-allow-methods'), /\bPUT\b/)
  })

  t.test('after their time', async (t) => {
    const client = await user()
    const { body } = await announce(client, { bytes: jpeg.length })
    await sendTo(gateway, body, jpeg)
    await gateway.database.db.execute(`UPDATE direct_uploads SET expires_at = now() WHERE id = '${body.id}'`)
    t.match((await client.get(`/v1/uploads/${body.id}`)).body, { state: 'expired' })
    t.match(await complete(client, body.id), { status: 410, body: { code: 'TT_UPLOAD_EXPIRED' } })
    t.equal((await client.delete(`/v1/uploads/${body.id}`)).status, 204)
    await holdsNothing(t, gateway, client)
  })

  t.test('a body that breaks off leaves nothing', async (t) => {
    const client = await user()
    const { body } = await announce(client, { bytes: jpeg.length })
    const { pathname, search } = new URL(body.upload.url)
    const connection = await openConnection(t, gateway.url)
    const before = await stagedIn(gateway)
    await connection.send(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n`,
    )
    connection.socket.destroy()
    await gateway.service.logged((line) => line.msg === 'an upload broke off')
    t.strictSame(await stagedIn(gateway), before)
    t.equal((await sendTo(gateway, body, jpeg)).status, 204, 'and it can be sent again')
  })

  t.test('conduct', (t) => checkConduct(t, gateway))
})
