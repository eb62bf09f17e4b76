// In a process of its own: it waits for those who send slowly.

import { type Client, createUser, type ProblemBody, photo, poll, type UploadBody } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, checkSpoolIsEmpty, heldFiles } from '../conduct.ts'
import { announce } from '../direct-uploads/direct.ts'
import { startGateway } from '../gateway.ts'
import { openConnection, type RawConnection } from '../raw-http.ts'
import { offsetOf, tusOf } from '../resumable-uploads/tus.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart, openMultipart } from './multipart.ts'
import { tracesOf } from './traces.ts'

/** So fast that nobody is fast enough: who is not done within the watch's window of 20 s is slow. */
const gateway = await startGateway(t, { env: { UPLOAD_MIN_BYTES_PER_SECOND: '1000000000' } })
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 320, height: 240 })
const whole = multipart([filePart('a.jpg', jpeg), filePart('b.jpg', jpeg)])
const one = openMultipart([filePart('a.jpg', jpeg)]).length

async function begin(t: Test, client: Client, bytes: number): Promise<RawConnection> {
  const connection = await beginUpload(t, client, `Content-Length: ${whole.length}`)
  await connection.send(whole.subarray(0, bytes))
  return connection
}

t.test('a slow sender is told so, with what was taken, and cut', async (t) => {
  const client = (await createUser(admin, { tier: 'Basic' })).client
  const [alone, second] = await Promise.all([
    begin(t, client, Math.floor(one / 2)),
    begin(t, client, Math.floor(one * 1.5)),
  ])
  const ends = [alone, second].map(({ socket }) => new Promise((resolve) => socket.once('end', resolve)))
  const refused = await alone.answered<ProblemBody>()
  t.match(refused, { status: 408, head: /^connection: close$/im, body: { code: 'TT_UPLOAD_TOO_SLOW' } })
  const partly = await second.answered<UploadBody>()
  t.match(partly, { status: 207, head: /^connection: close$/im })
  t.match(partly.body.items, [
    { filename: 'a.jpg', status: 'accepted' },
    { filename: 'b.jpg', status: 'rejected', error: { code: 'TT_UPLOAD_TOO_SLOW' } },
  ])
  await Promise.all(ends)
  t.equal((await tracesOf(gateway, client)).images.length, 1)
  await checkSpoolIsEmpty(t, gateway)
})

t.test('nor is one waited for who sends straight to the store', async (t) => {
  const client = (await createUser(admin, { tier: 'Basic' })).client
  const { body } = await announce(client, { bytes: jpeg.length })
  const { pathname, search } = new URL(body.upload.url)
  const connection = await openConnection(t, gateway.url)
  await connection.send(
    `PUT ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${jpeg.length}\r\n\r\nabcde`,
  )
  t.match(await connection.answered(), {
    status: 408,
    head: /^connection: close$/im,
    body: { code: 'TT_UPLOAD_TOO_SLOW' },
  })
})

t.test('nor one whose upload can go on, who is told how far it came', async (t) => {
  const client = (await createUser(admin, { tier: 'Basic' })).client
  const tus = tusOf(gateway, client)
  const url = await tus.begin(jpeg.length)
  const connection = await openConnection(t, gateway.url)
  const head = [
    `PATCH ${new URL(url).pathname} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${client.accessToken}`,
    'Tus-Resumable: 1.0.0',
    'Content-Type: application/offset+octet-stream',
    'Upload-Offset: 0',
    `Content-Length: ${jpeg.length}`,
    '\r\n',
  ]
  await connection.send(head.join('\r\n'))
  await connection.send(jpeg.subarray(0, 100))
  const answer = await connection.answered()
  t.match(answer, { status: 204, head: /^connection: close\r?$/im })
  t.match(answer.head, /^upload-offset: 100\r?$/im)
  t.equal(offsetOf(await tus.head(url)), '100')
})

t.test('eight uploads of a user at once, and as many of another', async (t) => {
  const client = (await createUser(admin, { tier: 'Basic' })).client
  const eight = await Promise.all(Array.from({ length: 8 }, () => begin(t, client, Math.floor(one / 2))))
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 8)
  const ninth = await client.upload([{ filename: 'a.jpg', bytes: jpeg }])
  t.match(ninth, { status: 429, body: { code: 'TT_TOO_MANY_UPLOADS' } })
  t.match(ninth.headers.get('retry-after'), /^[1-9]\d*$/)
  const other = (await createUser(admin, { tier: 'Basic' })).client
  t.equal((await other.upload([{ filename: 'a.jpg', bytes: jpeg }])).status, 202)

  await Promise.all(eight.map(({ send }) => send(whole.subarray(Math.floor(one / 2)))))
  for (const { answer } of eight) t.equal((await answer())?.status, 202)
  t.equal((await client.upload([{ filename: 'a.jpg', bytes: jpeg }])).status, 202, 'and then again')
})

t.test('a full quota is known before anything is read', async (t) => {
  const { body } = await admin.post<{ id: string }>('/v1/admin/tiers', { name: 'one', quotaImages: 1 })
  const client = (await createUser(admin, { tier: body.id })).client
  t.equal((await client.upload([{ filename: 'a.jpg', bytes: jpeg }])).status, 202)
  const refused = await (await begin(t, client, 100)).answered<ProblemBody>()
  t.match(refused, { status: 413, head: /^connection: close$/im, body: { code: 'TT_QUOTA_EXCEEDED' } })
})

t.test('conduct', (t) => checkConduct(t, gateway))
