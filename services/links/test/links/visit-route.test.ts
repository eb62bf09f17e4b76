import { randomBytes } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { failDerivation, markDeleting } from '@tintype/database'
import { originalKey } from '@tintype/domain'
import { poll } from '@tintype/testkit'
import t from 'tap'
import { issue, pathOf, startStage } from '../stage.ts'

const stage = await startStage(t)
const owner = await stage.addOwner()
const { visitor } = stage

t.test('an original', async (t) => {
  const picture = await stage.addImage(owner, { filename: 'cat.png' })
  const answer = await visitor.get(pathOf(await issue(owner, picture)))
  t.equal(answer.status, 200)
  t.same(answer.bytes, picture.original)
  t.match(Object.fromEntries(answer.headers), {
    'content-type': 'image/png',
    'content-length': String(picture.original.length),
    'content-disposition': `inline; filename="cat.png"; filename*=UTF-8''cat.png`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
    'x-content-type-options': 'nosniff',
  })
})

t.test('a thumbnail', async (t) => {
  const picture = await stage.addImage(owner, { filename: 'cat.tar.heic' })
  const thumbnail = await picture.publish('h200')
  const answer = await visitor.get(pathOf(await issue(owner, picture, { target: 'h200' })))
  t.equal(answer.status, 200)
  t.same(answer.bytes, thumbnail)
  t.equal(answer.headers.get('content-type'), 'image/jpeg')
  t.match(answer.headers.get('content-disposition'), 'filename="cat.tar-200.jpg"')
})

t.test('a name of its own makes it an attachment', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { filename: 'Füße "am" Meer; 100%\\.png' })
  const answer = await visitor.get(pathOf(link))
  t.equal(
    answer.headers.get('content-disposition'),
    `attachment; filename="F__e _am_ Meer; 100__.png"; filename*=UTF-8''F%C3%BC%C3%9Fe%20%22am%22%20Meer%3B%20100%25%5C.png`,
  )
})

t.test('HEAD, and what a browser has already', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture))
  const head = await visitor.request('HEAD', path)
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-length'), String(picture.original.length))
  t.equal(head.bytes.length, 0)

  const etag = head.headers.get('etag') ?? ''
  t.match(etag, /^"[\w.-]+"$/)
  const fresh = await visitor.get(path, { headers: { 'if-none-match': etag } })
  t.equal(fresh.status, 304)
  t.equal(fresh.bytes.length, 0)
  t.equal(fresh.headers.get('etag'), etag)
  t.equal(fresh.headers.get('cache-control'), 'private, no-cache')
  t.equal((await visitor.get(path, { headers: { 'if-none-match': '"other"' } })).status, 200)
})

t.test('a part of it', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture))
  const part = await visitor.get(path, { headers: { range: 'bytes=10-19' } })
  t.equal(part.status, 206)
  t.same(part.bytes, picture.original.subarray(10, 20))
  t.equal(part.headers.get('content-range'), 'bytes 10-19/5000')

  const beyond = await visitor.get<{ code: string }>(path, { headers: { range: 'bytes=5000-' } })
  t.equal(beyond.status, 416)
  t.equal(beyond.body.code, 'TT_RANGE_NOT_SATISFIABLE')
  t.equal(beyond.headers.get('content-range'), 'bytes */5000')
  t.equal(beyond.headers.get('content-disposition'), null)

  const head = await visitor.request('HEAD', path, { headers: { range: 'bytes=10-19' } })
  t.equal(head.status, 200, 'HEAD has no parts')
})

t.test('a thumbnail that is not made yet', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture, { target: 'h200' }))
  const wanted = await stage.sql`SELECT name FROM renditions WHERE image_id = ${picture.id}`
  t.match([...wanted], [{ name: 'h200' }], 'is asked for when the link is made')

  const visits = [visitor.get(path), visitor.get(path)]
  const made = await picture.publish('h200')
  for (const answer of await Promise.all(visits)) {
    t.equal(answer.status, 200, 'visitors wait for it a moment')
    t.same(answer.bytes, made)
  }
})

t.test('a thumbnail that takes longer', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture, { target: 'h200' }))
  const answer = await visitor.get<{ code: string }>(path)
  t.equal(answer.status, 503)
  t.equal(answer.body.code, 'TT_NOT_READY')
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
  t.equal(answer.headers.get('cache-control'), 'no-store')
})

t.test('a thumbnail of a picture that fails', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { target: 'h200' })
  const waiting = visitor.get<{ code: string; details: object }>(pathOf(link))
  await failDerivation(stage.database, picture.id, 'TT_IMAGE_CORRUPT', ['h200'])
  const answer = await waiting
  t.equal(answer.status, 422)
  t.equal(answer.body.code, 'TT_IMAGE_FAILED')
  t.same(answer.body.details, { reason: 'TT_IMAGE_CORRUPT' })
  const original = await visitor.get(pathOf(await issue(owner, picture)))
  t.same(original.bytes, picture.original, 'its original is there all the same')
})

t.test('a visitor who waits while the link is ended', async (t) => {
  const picture = await stage.addImage(owner)
  const link = await issue(owner, picture, { target: 'h200' })
  const waiting = visitor.get(pathOf(link))
  await poll(async () => {
    const [row] = await stage.sql`SELECT count(*)::int AS n FROM renditions WHERE image_id = ${picture.id}`
    return row?.n === 1
  })
  await markDeleting(stage.database, owner.id, picture.id)
  t.equal((await waiting).status, 404)
})

t.test('an object that the store has lost', async (t) => {
  const picture = await stage.addImage(owner)
  const path = pathOf(await issue(owner, picture, { filename: 'x.png' }))
  await stage.store.delete(originalKey(picture.id))
  const answer = await visitor.get<{ code: string }>(path)
  t.equal(answer.status, 404)
  t.equal(answer.body.code, 'TT_NOT_FOUND')
  for (const header of ['etag', 'content-disposition', 'content-range']) {
    t.equal(answer.headers.get(header), null, `no ${header} of the file is left on the error`)
  }
})

t.test('a download under way survives a revoke', async (t) => {
  const picture = await stage.addImage(owner, { original: randomBytes(20_000_000) })
  const link = await issue(owner, picture)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(pathOf(link), stage.url), resolve)
      .once('error', reject)
      .end()
  })
  t.equal((await owner.client.delete(`/v1/links/${link.id}`)).status, 204)
  t.equal((await visitor.get(pathOf(link))).status, 404)
  const rest = await buffer(answer)
  t.ok(rest.equals(picture.original))
})
