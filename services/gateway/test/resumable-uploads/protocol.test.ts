import { createHash } from 'node:crypto'
import { createUser, type ImageBody, photo, poll } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, heldBytes } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { openConnection } from '../raw-http.ts'
import { checksum, imageIdOf, metadata, offsetOf, piecesOf, type TusCaller, tusOf } from './tus.ts'

t.setTimeout(240_000)

interface Usage {
  usage: { bytes: number; images: number }
}

t.test('resumable uploads', async (t) => {
  const gateway = await sharedGateway()
  const admin = await gateway.signInAsAdmin()
  const jpeg = await photo({ width: 320, height: 240 })
  const half = Math.floor(jpeg.length / 2)
  const [first, second] = [jpeg.subarray(0, half), jpeg.subarray(half)]

  async function user(limits?: object) {
    const tier =
      limits &&
      (await admin.post<{ id: string }>('/v1/admin/tiers', { name: `tus ${Math.random()}`, ...limits }))
    const { client, id } = await createUser(admin, { tier: tier?.body.id ?? 'Basic' })
    const usage = async () => (await client.get<Usage>('/v1/me')).body.usage
    return { id, client, tus: tusOf(gateway, client), usage }
  }
  async function isGone(
    t: Test,
    { tus, usage }: { tus: TusCaller; usage: () => Promise<object> },
    url: string,
  ) {
    t.equal((await tus.head(url)).status, 404)
    t.match(await usage(), { bytes: 0, images: 0 }, 'its room is given back')
    t.strictSame(await piecesOf(gateway, url), [], 'and nothing is staged')
  }

  t.test('what is spoken', async (t) => {
    const answer = await admin.request('OPTIONS', '/v1/tus')
    t.equal(answer.status, 204)
    t.equal(answer.headers.get('tus-version'), '1.0.0')
    t.equal(
      answer.headers.get('tus-extension'),
      'creation,creation-with-upload,expiration,checksum,termination',
    )
    t.equal(answer.headers.get('tus-checksum-algorithm'), 'sha1,sha256')
  })

  t.test('a file in two parts becomes a picture', async (t) => {
    const { client, tus, usage } = await user()
    const described = metadata({ filename: 'a/b.jpg', title: 'Grüße', filetype: 'image/jpeg' })
    const made = await tus.create(jpeg.length, { headers: described })
    t.equal(made.status, 201)
    const url = made.headers.get('location') ?? ''
    t.match(url, /^http:\/\/localhost:\d+\/v1\/tus\/[0-9a-f-]{36}$/)
    t.equal(made.headers.get('tus-resumable'), '1.0.0')
    const expires = new Date(made.headers.get('upload-expires') ?? 0).getTime() - Date.now()
    t.ok(expires > 23 * 3_600_000 && expires < 25 * 3_600_000, 'it is kept for a day')
    t.match(await usage(), { bytes: jpeg.length, images: 1 }, 'its room is reserved')

    const begun = await tus.patch(url, 0, first)
    t.match([begun.status, offsetOf(begun), imageIdOf(begun)], [204, String(half), null])
    const asked = await tus.head(url)
    t.match([asked.status, offsetOf(asked)], [200, String(half)])
    t.equal(asked.headers.get('upload-length'), String(jpeg.length))
    t.equal(asked.headers.get('upload-metadata'), described['upload-metadata'])
    t.equal(asked.headers.get('cache-control'), 'no-store')

    const last = await tus.patch(url, half, second)
    t.match([last.status, offsetOf(last)], [204, String(jpeg.length)])
    const id = imageIdOf(last)
    const { body: image } = await client.get<ImageBody>(`/v1/images/${id}`)
    const sha256 = createHash('sha256').update(jpeg).digest('hex')
    t.match(image, { id, filename: 'a/b.jpg', title: 'Grüße', format: 'jpeg', bytes: jpeg.length, sha256 })
    t.match(await usage(), { bytes: jpeg.length, images: 1 })
    t.strictSame(await piecesOf(gateway, url), [], 'its pieces are gone')

    const lost = await tus.head(url)
    t.match(
      [lost.status, offsetOf(lost), imageIdOf(lost)],
      [200, String(jpeg.length), id],
      'the last answer was lost',
    )
    const again = await tus.patch(url, jpeg.length, new Uint8Array())
    t.match([again.status, imageIdOf(again)], [204, id])
    t.match(await tus.end(url), { status: 409, body: { code: 'TT_UPLOAD_COMPLETED' } })
    t.match(await usage(), { bytes: jpeg.length, images: 1 }, 'it is one picture')
  })

  t.test('a file comes with the creation', async (t) => {
    const { client, tus } = await user()
    const whole = await tus.create(jpeg.length, { body: jpeg, headers: metadata({ name: 'named.jpg' }) })
    t.match([whole.status, offsetOf(whole)], [201, String(jpeg.length)])
    t.match(await client.get(`/v1/images/${imageIdOf(whole)}`), { body: { filename: 'named.jpg' } })
    const part = await tus.create(jpeg.length, { body: first })
    t.match([part.status, offsetOf(part), imageIdOf(part)], [201, String(half), null])
    const rest = await tus.patch(part.headers.get('location') ?? '', half, second)
    t.ok(imageIdOf(rest))
  })

  t.test('one that cannot begin reserves nothing', async (t) => {
    const limits = { maxUploadBytes: 1000, quotaBytes: 1500, quotaImages: 10 }
    const { tus, usage } = await user(limits)
    const refusals: [Promise<object>, number, string][] = [
      [tus.create(1001), 413, 'TT_FILE_TOO_LARGE'],
      [tus.create(0), 400, 'TT_FILE_EMPTY'],
      [tus.create(-1), 400, 'TT_VALIDATION'],
      [tus.create(10, { headers: { 'upload-length': '' } }), 400, 'TT_VALIDATION'],
      [
        tus.create(10, { headers: { 'upload-metadata': 'filename not-base64!' } }),
        400,
        'TT_BAD_UPLOAD_HEADER',
      ],
      [tus.create(10, { headers: { 'tus-resumable': '0.2.2' } }), 412, 'TT_TUS_VERSION'],
      [tus.create(10, { headers: { 'upload-checksum': 'md5 xyz' } }), 400, 'TT_BAD_UPLOAD_HEADER'],
      [
        tus.create(10, { body: first.subarray(0, 5), headers: checksum('sha1', second) }),
        460,
        'TT_PIECE_CHECKSUM_MISMATCH',
      ],
      [tus.create(10, { body: first.subarray(0, 11) }), 413, 'TT_UPLOAD_LENGTH_EXCEEDED'],
      [tus.create(10, { body: Buffer.alloc(10) }), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ]
    for (const [answer, status, code] of refusals) t.match(await answer, { status, body: { code } }, code)
    const old = await tus.create(10, { headers: { 'tus-resumable': '0.2.2' } })
    t.equal(old.headers.get('tus-version'), '1.0.0')
    t.match(await usage(), { bytes: 0, images: 0 })
    await tus.begin(1000)
    t.match(await tus.create(1000), { status: 413, body: { code: 'TT_QUOTA_EXCEEDED' } })
  })

  t.test('what is sent to the wrong place, or in the wrong way', async (t) => {
    const { tus } = await user()
    const url = await tus.begin(jpeg.length)
    const wrong: [Promise<object>, number, string][] = [
      [tus.patch(url, 1, first), 409, 'TT_UPLOAD_OFFSET_MISMATCH'],
      [tus.patch(url, 0, Buffer.concat([jpeg, jpeg])), 413, 'TT_UPLOAD_LENGTH_EXCEEDED'],
      [tus.patch(url, 0, first, { 'content-type': 'image/jpeg' }), 415, 'TT_UNSUPPORTED_MEDIA_TYPE'],
      [tus.patch(url, 0, first, { 'upload-offset': '' }), 400, 'TT_VALIDATION'],
      [tus.patch(url, 0, first, { 'upload-length': '5' }), 400, 'TT_BAD_REQUEST'],
    ]
    for (const [answer, status, code] of wrong) t.match(await answer, { status, body: { code } }, code)
    t.equal(offsetOf(await tus.head(url)), '0')
  })

  t.test('what does not have its checksum is not kept', async (t) => {
    const { tus } = await user()
    const url = await tus.begin(jpeg.length)
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const refused = await tus.patch(url, 0, first, checksum(algorithm, second))
      t.match(refused, { status: 460, body: { code: 'TT_PIECE_CHECKSUM_MISMATCH' } })
      t.equal(offsetOf(await tus.head(url)), '0')
      t.strictSame(await piecesOf(gateway, url), [])
    }
    t.equal(offsetOf(await tus.patch(url, 0, first, checksum('sha1', first))), String(half))
    t.ok(imageIdOf(await tus.patch(url, half, second, checksum('sha256', second))))
  })

  t.test('one that is no picture ends with its last byte', async (t) => {
    const someone = await user()
    const { tus } = someone
    const url = await tus.begin(100)
    t.equal((await tus.patch(url, 0, Buffer.alloc(50))).status, 204)
    const refused = await tus.patch(url, 50, Buffer.alloc(50))
    t.match(refused, { status: 415, body: { code: 'TT_FORMAT_NOT_ACCEPTED', message: /JPEG/ } })
    t.equal(refused.headers.get('tus-resumable'), '1.0.0')
    await isGone(t, someone, url)
  })

  t.test('one that is given up', async (t) => {
    const someone = await user()
    const { client, tus } = someone
    const url = await tus.begin(jpeg.length)
    await tus.patch(url, 0, first)
    t.equal((await tus.end(url)).status, 204)
    await isGone(t, someone, url)
    const other = await tus.begin(jpeg.length)
    const path = new URL(other).pathname
    const override = (method: string, headers: object = {}, body?: Uint8Array<ArrayBuffer>) =>
      client.request('POST', path, {
        headers: { 'tus-resumable': '1.0.0', 'x-http-method-override': method, ...headers },
        ...(body === undefined ? {} : { body }),
      })
    const media = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
    t.equal(offsetOf(await override('PATCH', media, new Uint8Array(first))), String(half))
    t.equal((await override('DELETE')).status, 204, 'also by a client that can only POST')
    await isGone(t, someone, other)
    t.equal((await override('HEAD')).status, 400)
  })

  t.test('one whose time is over', async (t) => {
    const { tus } = await user()
    const url = await tus.begin(jpeg.length)
    const id = url.split('/').at(-1)
    await gateway.database.db.execute(`UPDATE direct_uploads SET expires_at = now() WHERE id = '${id}'`)
    t.match(await tus.patch(url, 0, first), { status: 410, body: { code: 'TT_UPLOAD_EXPIRED' } })
    t.equal((await tus.head(url)).status, 410)
  })

  t.test('progress gives it more time', async (t) => {
    const { tus } = await user()
    const url = await tus.begin(jpeg.length)
    const id = url.split('/').at(-1)
    await gateway.database.db.execute(
      `UPDATE direct_uploads SET expires_at = now() + interval '1 hour' WHERE id = '${id}'`,
    )
    const hours = (answer: { headers: Headers }) =>
      Math.round((new Date(answer.headers.get('upload-expires') ?? 0).getTime() - Date.now()) / 3_600_000)
    t.equal(hours(await tus.head(url)), 1)
    t.equal(hours(await tus.patch(url, 0, first)), 24)
  })

  t.test('another’s upload does not exist', async (t) => {
    const { client, tus } = await user()
    const stranger = (await user()).tus
    const url = await tus.begin(jpeg.length)
    t.match(await stranger.patch(url, 0, first), { status: 404, body: { code: 'TT_NOT_FOUND' } })
    t.equal((await stranger.head(url)).status, 404)
    t.equal((await stranger.end(url)).status, 404)
    t.equal((await tus.head(url.replace(/[^/]+$/, 'nothing'))).status, 404)
    const id = url.split('/').at(-1)
    t.equal(
      (await client.get(`/v1/uploads/${id}`)).status,
      404,
      'nor is it one that goes straight to the store',
    )
    t.equal((await client.delete(`/v1/uploads/${id}`)).status, 404)
    t.equal((await client.post(`/v1/uploads/${id}/complete`)).status, 404)
    t.equal(offsetOf(await tus.head(url)), '0')
  })

  t.test('a connection that breaks off loses nothing that arrived, unless it has a checksum', async (t) => {
    const { client, tus } = await user()
    const url = await tus.begin(jpeg.length)
    async function breakOff(headers: object): Promise<void> {
      const connection = await openConnection(t, gateway.url)
      const head = {
        host: 'localhost',
        authorization: `Bearer ${client.accessToken}`,
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '0',
        'content-length': jpeg.length,
        ...headers,
      }
      const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
      await connection.send(`PATCH ${new URL(url).pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      await connection.send(first)
      await poll(async () => (await heldBytes(gateway.service, gateway.spoolDir)) === half)
      connection.socket.end()
      await connection.answer()
    }
    await breakOff(checksum('sha1', jpeg))
    t.equal(offsetOf(await tus.head(url)), '0')
    await breakOff({})
    t.equal(offsetOf(await tus.head(url)), String(half))
    t.ok(imageIdOf(await tus.patch(url, half, second)))
  })

  t.test('of two who send the same bytes at once one is taken', async (t) => {
    const { tus, usage } = await user()
    const url = await tus.begin(jpeg.length)
    const both = await Promise.all([tus.patch(url, 0, jpeg), tus.patch(url, 0, jpeg)])
    const statuses = both.map(({ status }) => status).toSorted()
    t.strictSame(statuses, [204, 409])
    t.match(await usage(), { bytes: jpeg.length, images: 1 })
  })

  t.test('conduct', (t) => checkConduct(t, gateway))
})
