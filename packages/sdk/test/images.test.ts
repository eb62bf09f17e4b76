import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestFolder, decodeToRaw, photo } from '@tintype/testkit'
import t from 'tap'
import { createClient, type Image, type Progress, TintypeError } from '../src/index.ts'
import { fileFromPath } from '../src/node.ts'
import { listed, sharedStack, someone } from './stack.ts'

const stack = await sharedStack()
const bytes = await photo({ width: 400, height: 300 })
const picture = (seed = 1) => photo({ width: 60, height: 40, seed })

t.test('a picture is uploaded, waited for, fetched and shared', async (t) => {
  const { client, user } = await someone()
  const progress: Progress[] = []
  const file = new File([new Uint8Array(bytes)], 'mill.jpg')
  const uploaded = await client.images.upload(file, {
    title: 'The mill',
    onProgress: (step) => progress.push(step),
  })
  t.match(uploaded, { title: 'The mill', filename: 'mill.jpg', bytes: bytes.length, format: 'jpeg' })
  t.strictSame(progress.at(-1), { sentBytes: bytes.length, totalBytes: bytes.length })
  t.ok(
    progress.every(({ sentBytes }, index) => sentBytes >= (progress[index - 1]?.sentBytes ?? 0)),
    'it only grows',
  )

  const image = await client.images.waitUntilReady(uploaded.id)
  t.equal(image.state, 'ready')
  const thumbnail = await client.images.thumbnail(image.id, 200, { accept: 'image/jpeg' })
  t.match(thumbnail, { type: 'image/jpeg', bytes: Number, etag: String })
  const { height } = await decodeToRaw(Buffer.from(await (await thumbnail.blob()).arrayBuffer()))
  t.equal(height, 200)
  const original = await client.images.original(image.id)
  const hash = createHash('sha256')
  for await (const chunk of original.stream) hash.update(chunk)
  t.equal(hash.digest('hex'), image.sha256)
  const png = await client.images.conversion(image.id, 'png')
  t.equal((await png.blob()).type, 'image/png', 'one that had to be made first')

  const link = await client.links.create(image.id, { target: 'h200', expiresIn: 600 })
  t.equal((await fetch(link.url)).status, 200)
  const links = await listed(client.links.list(image.id))
  t.strictSame(
    links.map(({ id }) => id),
    [link.id],
  )
  await client.links.revoke(link.id)
  t.equal((await fetch(link.url)).status, 404)

  const archive = await client.archives.download({ ids: [image.id], rendition: 'original' })
  t.match(archive, { type: 'application/zip', filename: /^original-.*\.zip$/ })
  t.equal(
    Buffer.from(await (await archive.blob()).arrayBuffer())
      .subarray(0, 2)
      .toString(),
    'PK',
  )

  t.match(await client.images.update(image.id, { title: 'A mill' }), { title: 'A mill' })
  t.match(await client.me(), { username: user.username, usage: { images: 1 } })
  await client.images.delete(image.id)
  await t.rejects(client.images.get(image.id), { code: 'TT_NOT_FOUND', statusCode: 404, requestId: String })
  await t.rejects(client.images.waitUntilReady(image.id), { code: 'TT_NOT_FOUND' })
})

t.test('a list is read over all its pages', async (t) => {
  const { client } = await someone()
  const uploads: Image[] = []
  for (let seed = 1; seed <= 5; seed += 1) {
    uploads.push(await client.images.upload(new Blob([new Uint8Array(await picture(seed))])))
  }
  const ids = uploads.map(({ id }) => id)
  const found = await listed(client.images.list({ limit: 2, order: 'oldest' }))
  t.strictSame(
    found.map(({ id }) => id),
    ids,
  )
  const first = await client.images.list({ limit: 2, total: true }).page()
  t.match(first, { total: 5, nextCursor: String })
  t.equal(first.items.length, 2)
  const unknown = crypto.randomUUID()
  const results = await client.images.deleteMany([...ids.slice(0, 2), unknown])
  t.strictSame(
    results.map(({ status }) => status),
    ['deleted', 'deleted', 'not-found'],
  )
})

t.test('what is no picture is refused with the code and the words of the API', async (t) => {
  const { client } = await someone()
  for (const onProgress of [undefined, () => undefined]) {
    const error = await client.images
      .upload(new Blob([randomBytes(3000)]), onProgress && { onProgress })
      .catch((error: unknown) => error)
    t.ok(error instanceof TintypeError)
    t.match(error, { code: 'TT_FORMAT_NOT_ACCEPTED', statusCode: 415, message: /not a picture/ })
  }
})

t.test('a picture that fails ends the wait with its own code', async (t) => {
  const { client } = await someone()
  const whole = await photo({ width: 300, height: 200 })
  const cut = new Uint8Array(whole.subarray(0, Math.floor(whole.length / 2)))
  const { id } = await client.images.upload(new Blob([cut]))
  await t.rejects(client.images.waitUntilReady(id), {
    code: /^TT_/,
    statusCode: 422,
    details: { imageId: id },
  })
})

t.test('a wait ends with its signal, and with its time', async (t) => {
  const { client } = await someone()
  const { id } = await client.images.upload(new Blob([new Uint8Array(await picture())]))
  await t.rejects(client.images.waitUntilReady(id, { signal: AbortSignal.abort(new Error('enough')) }), {
    message: 'enough',
  })
  await t.rejects(client.images.waitUntilReady(id, { timeoutMs: 0 }), { code: 'TIMEOUT' })
})

t.test('a file on disk keeps its name and its time', async (t) => {
  const { client } = await someone()
  const path = join(await createTestFolder(t), 'wheel.jpg')
  await writeFile(path, bytes)
  const file = await fileFromPath(path)
  t.match(file, { name: 'wheel.jpg', size: bytes.length, lastModified: Number })
  const image = await client.images.upload(file)
  t.match(image, { filename: 'wheel.jpg', bytes: bytes.length })
  t.equal(image.sha256, createHash('sha256').update(bytes).digest('hex'))
})

t.test('a path that leads to no file says which', async (t) => {
  const folder = await createTestFolder(t)
  await t.rejects(fileFromPath(join(folder, 'none.jpg')), { code: 'ENOENT', message: /none\.jpg/ })
  await t.rejects(fileFromPath(folder), { message: `${folder} is no file` })
})

t.test('many more at once than the server takes of one user', async (t) => {
  const { client } = await someone()
  const files = Array.from({ length: 40 }, (_, index) => new File([new Uint8Array(bytes)], `${index}.jpg`))
  const images = await Promise.all(files.map((file) => client.images.upload(file)))
  t.strictSame(
    images.map(({ filename }) => filename),
    files.map(({ name }) => name),
  )
})

t.test('the same key is the same picture', async (t) => {
  const { client } = await someone()
  const send = () =>
    client.images.upload(new Blob([new Uint8Array(bytes)]), { filename: 'a.jpg', idempotencyKey: 'one' })
  t.equal((await send()).id, (await send()).id)
  t.equal((await client.me()).usage.images, 1)
})

t.test('administrators have what administrators need', async (t) => {
  const client = createClient({ baseUrl: stack.url })
  await client.login(stack.admin.username, stack.admin.password)
  const { user } = await someone()
  const [found] = await listed(client.admin.users.list({ q: user.username }))
  t.match(found, { id: user.id })
  const tiers = await client.admin.tiers.list()
  const basic = tiers.find(({ name }) => name === 'Basic')
  t.match(await client.admin.users.update(user.id, { tier: 'Basic' }), { tier: { id: basic?.id } })
  t.match(await client.admin.tiers.reconcile(basic?.id ?? ''), { state: String })
  t.match(await client.admin.stats(), { users: { total: Number } })
  await t.rejects((await someone()).client.admin.stats(), { code: 'TT_FORBIDDEN', statusCode: 403 })
})

t.test('what happens is told as it happens, and after an event that one has', async (t) => {
  const { client } = await someone()
  const { id } = await client.images.upload(new File([new Uint8Array(bytes)], 'told.jpg'))
  await client.images.waitUntilReady(id)
  let isTold = false
  const live = client.events()
  const first = live.next().finally(() => {
    isTold = true
  })
  // Until the stream is open, nobody is told.
  for (let change = 1; !isTold; change += 1) await client.images.update(id, { title: `told ${change}` })
  const { value: event } = await first
  await live.return()
  if (event === undefined || event.type === 'reset') return t.fail('no event')
  t.match(event, { type: 'image.changed', imageId: id })

  await client.images.delete(id)
  for await (const { type } of client.events({ lastEventId: event.id })) if (type === 'image.deleted') break
  t.pass('the deletion comes after it')
})
