import { readdir } from 'node:fs/promises'
import { type Client, createUser, type ImageBody, photo, poll, type UploadBody } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct, checkSpoolIsEmpty, heldFiles } from '../conduct.ts'
import { startGateway } from '../gateway.ts'
import type { RawConnection } from '../raw-http.ts'
import { beginUpload } from './begin-upload.ts'
import { BOUNDARY, fieldPart, filePart, multipart, openMultipart } from './multipart.ts'
import { originalsIn, tracesOf } from './traces.ts'

// Its own: it is killed here.
const gateway = await startGateway(t)
const admin = await gateway.signInAsAdmin()
const jpeg = await photo({ width: 320, height: 240 })
const files = ['a.jpg', 'b.jpg', 'c.jpg'].map((name) => filePart(name, jpeg))
const whole = multipart(files)
/** Where the second file is half sent. */
const half = openMultipart(files.slice(0, 1)).length + Math.floor(openMultipart(files.slice(1, 2)).length / 2)

const user = async () => (await createUser(admin, { tier: 'Basic' })).client

/** Sends as much as there is of the first file, and half of the second, and waits until the first one is taken. */
async function sendHalf(client: Client, { send }: RawConnection, isChunked = false): Promise<void> {
  if (isChunked) await send(`${half.toString(16)}\r\n`)
  await send(whole.subarray(0, half))
  if (isChunked) await send('\r\n')
  await poll(async () => (await tracesOf(gateway, client)).images.length === 1)
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 1)
}

/** The first file is kept, and of what came after it there is no row, no object, no usage. */
async function keepsTheFirst(t: Test, client: Client, before: string[]): Promise<void> {
  const traces = await tracesOf(gateway, client)
  t.equal(traces.images.length, 1, 'one image')
  t.strictSame([traces.usedImages, traces.usedBytes], [1, jpeg.length], 'its usage')
  t.ok(traces.originals.includes(traces.images[0] ?? ''), 'its object')
  t.strictSame(traces.originals, [...before, ...traces.images].toSorted(), 'and no other')
  const { body } = await client.get<ImageBody>(`/v1/images/${traces.images[0]}`)
  t.match(body, { filename: 'a.jpg', bytes: jpeg.length })
  await checkSpoolIsEmpty(t, gateway)
}
t.test('a body that is shorter than it says', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const connection = await beginUpload(t, client, `Content-Length: ${whole.length}`)
  await sendHalf(client, connection)
  connection.socket.end()
  t.not((await connection.answer())?.status, 202)
  await keepsTheFirst(t, client, before)
})

t.test('chunks that stop', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const connection = await beginUpload(t, client, 'Transfer-Encoding: chunked')
  await sendHalf(client, connection, true)
  connection.socket.end()
  t.not((await connection.answer())?.status, 202)
  await keepsTheFirst(t, client, before)
})

t.test('chunks that are none', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const connection = await beginUpload(t, client, 'Transfer-Encoding: chunked')
  await sendHalf(client, connection, true)
  await connection.send('no chunk\r\n')
  t.not((await connection.answer())?.status, 202)
  await keepsTheFirst(t, client, before)
})

t.test('a sender who goes away in the second file', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const connection = await beginUpload(t, client, `Content-Length: ${whole.length}`)
  await sendHalf(client, connection)
  t.strictSame(await readdir(gateway.spoolDir), [], 'what is arriving has no name')
  connection.socket.resetAndDestroy()
  await keepsTheFirst(t, client, before)
})

t.test('a form that ends in a file, on a connection that stays', async (t) => {
  const client = await user()
  const before = await originalsIn(gateway)
  const connection = await beginUpload(t, client, `Content-Length: ${half}`)
  await connection.send(whole.subarray(0, half))
  const answer = await connection.answered<UploadBody>()
  t.equal(answer.status, 207)
  const { items } = answer.body
  t.match(items, [
    { filename: 'a.jpg', status: 'accepted' },
    { filename: 'b.jpg', status: 'rejected', error: { statusCode: 400, code: 'TT_BODY_TRUNCATED' } },
  ])
  t.equal(items.length, 2)
  await keepsTheFirst(t, client, before)

  const alone = await beginUpload(t, client, 'Content-Length: 200')
  await alone.send(whole.subarray(0, 200))
  t.match(await alone.answer(), {
    status: 400,
    body: { code: 'TT_BODY_TRUNCATED', items: [{ filename: 'a.jpg' }] },
  })
})

t.test('a form that ends between parts, or in a field', async (t) => {
  const client = await user()
  const ENDS = [
    openMultipart(files.slice(0, 1)),
    Buffer.concat([openMultipart(files.slice(0, 1)), Buffer.from(`--${BOUNDARY}\r\n`)]),
    Buffer.concat([
      openMultipart(files.slice(0, 1)),
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-`),
    ]),
    openMultipart([...files.slice(0, 1), fieldPart('title', 'cut')]).subarray(0, -3),
  ]
  let accepted = 0
  for (const body of ENDS) {
    const connection = await beginUpload(t, client, `Content-Length: ${body.length}`)
    await connection.send(body)
    const answer = await connection.answered<UploadBody>()
    const { items } = answer.body
    // Whether the file in front of the broken end is taken is the parser's affair, as long as the answer says so.
    accepted += items.filter((item) => item.status === 'accepted').length
    t.match(items.at(-1), { status: 'rejected', error: { code: 'TT_BODY_TRUNCATED' } })
    t.equal(answer.status, items[0]?.status === 'accepted' ? 207 : 400)
  }
  t.equal((await tracesOf(gateway, client)).images.length, accepted)
})

t.test('what cannot be understood does not keep its sender waiting', async (t) => {
  const client = await user()
  const nonsense = Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nno header\r\n\r\n`), Buffer.alloc(5_000_000)])
  const body = Buffer.concat([
    openMultipart(files.slice(0, 1)),
    nonsense,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
  const connection = await beginUpload(t, client, `Content-Length: ${body.length}`)
  await connection.send(body)
  t.match(await connection.answer(), { status: 202, body: { items: [{ filename: 'a.jpg' }] } })

  const { length } = (await tracesOf(gateway, client)).images
  const behind = await beginUpload(t, client, `Content-Length: ${5_000_000}`)
  await behind.send(Buffer.concat([Buffer.from('\r\n'.repeat(10)), Buffer.alloc(5_000_000 - 20)]))
  t.match(await behind.answer(), { status: 400 })
  t.equal((await tracesOf(gateway, client)).images.length, length)
})

t.test('what follows a form, and what is none, is read to its end', async (t) => {
  const client = await user()
  const idle = Buffer.alloc(30_000_000)
  const form = Buffer.concat([multipart(files.slice(0, 1)), idle])
  const followed = await beginUpload(t, client, `Content-Length: ${form.length}`)
  await followed.send(form)
  t.match(await followed.answer(), { status: 202, body: { items: [{ filename: 'a.jpg' }] } })

  const unbound = await beginUpload(
    t,
    client,
    'Content-Type: multipart/form-data',
    `Content-Length: ${idle.length}`,
  )
  await unbound.send(idle)
  t.match(await unbound.answer(), { status: 400, body: { code: 'TT_BODY_TRUNCATED' } })
})

t.test('conduct', (t) => checkConduct(t, gateway))

t.test('a process that is killed while it receives', async (t) => {
  const client = await user()
  const connection = await beginUpload(t, client, `Content-Length: ${whole.length}`)
  await sendHalf(client, connection)
  const { originals } = await tracesOf(gateway, client)
  await gateway.service.kill('SIGKILL')
  t.strictSame(await readdir(gateway.spoolDir), [], 'nothing is left in the spool')

  const again = await gateway.startAgain()
  const traces = await tracesOf(gateway, client)
  t.equal(traces.images.length, 1, 'the file that was whole is there')
  t.strictSame(traces.originals, originals, 'and nothing of the other')
  t.equal((await client.upload([{ filename: 'd.jpg', bytes: jpeg }])).status, 202)
  t.equal((await again.kill()).code, 0)
})
