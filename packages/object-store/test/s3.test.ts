import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { Client } from 'minio'
import t from 'tap'
import { createObjectStore } from '../src/index.ts'
import { createS3Store } from '../src/s3.ts'
import { keysOf, pattern, read, streamOf, TYPE } from './bodies.ts'
import { objectStoreContract } from './contract.ts'
import { makeBucket } from './s3-bucket.ts'
import { startTcpProxy } from './tcp-proxy.ts'

objectStoreContract(t, 's3', async (t) => {
  const location = await makeBucket(t)
  const store = createS3Store(location)
  t.teardown(() => store.close())
  return store
})

const location = await makeBucket(t)
const store = createS3Store(location)
t.teardown(() => store.close())
const { hostname, port, protocol } = new URL(location.endpoint)
const independent = new Client({
  endPoint: hostname,
  ...(port !== '' && { port: Number(port) }),
  useSSL: protocol === 'https:',
  accessKey: location.credentials?.accessKeyId ?? '',
  secretKey: location.credentials?.secretAccessKey ?? '',
  region: location.region,
  pathStyle: true,
})

/** How the server names its refusal. */
async function refusal(answer: Response): Promise<string | undefined> {
  return /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]
}

t.test('an independent client reads what we wrote, and we what it wrote', async (t) => {
  const data = pattern(300_000)
  for (const key of ['plain', 'with/folder', 'a b+c%d/ünï 日本.jpg']) {
    await store.put(key, streamOf(data), { bytes: data.length, contentType: 'image/webp' })
    t.ok((await buffer(await independent.getObject(location.bucket, key))).equals(data), key)
    const stat = await independent.statObject(location.bucket, key)
    t.match(stat, { size: data.length, metaData: { 'content-type': 'image/webp' } })
    t.equal(stat.lastModified.getTime(), (await store.head(key))?.modifiedAt.getTime())

    await independent.putObject(location.bucket, `their ${key}`, data)
    t.ok((await read(store, `their ${key}`))?.equals(data), `their ${key}`)
    await store.copy(key, `copy of ${key}`)
    const copy = await independent.statObject(location.bucket, `copy of ${key}`)
    t.match(copy, { size: data.length, metaData: { 'content-type': 'image/webp' } }, 'a copy keeps its type')
  }
  const keys = await keysOf(store, '')
  t.equal(keys.length, 9)
  for (const key of keys.slice(0, 2)) await store.delete(key)
  t.equal(await store.deletePrefix('with/'), 1)
  const left: string[] = []
  for await (const item of independent.listObjectsV2(location.bucket, '', true)) left.push(item.name)
  t.strictSame(
    left,
    keys.slice(2).filter((key) => !key.startsWith('with/')),
  )
})

t.test('a bulk deletion carries the checksum that every server knows', async (t) => {
  const proxy = await startTcpProxy(t, location.endpoint)
  const listened = createS3Store({ ...location, endpoint: proxy.url })
  t.teardown(() => listened.close())
  await listened.put('bulk/a', Buffer.from('x'), { bytes: 1, contentType: TYPE })
  t.equal(await listened.deletePrefix('bulk/'), 1)
  const [headers = '', body = ''] = proxy.sent().slice(proxy.sent().indexOf('POST ')).split('\r\n\r\n')
  const md5 = /^content-md5: (.+)$/im.exec(headers)?.[1]
  t.equal(md5, createHash('md5').update(body, 'latin1').digest('base64'))
  t.notMatch(proxy.sent(), /checksum-|crc32/i, 'no checksum that only some know, in no request')
})

t.test('a presigned GET', async (t) => {
  const key = 'signed/ü +%.bin'
  const data = pattern(50_000)
  await store.put(key, data, { bytes: data.length, contentType: 'image/png' })
  const plain = await store.presignGet(key, { expiresInSeconds: 60 })
  const answer = await fetch(String(plain))
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'image/png')
  t.ok(Buffer.from(await answer.arrayBuffer()).equals(data))

  const disposition = `attachment; filename="a.png"; filename*=UTF-8''%C3%BC.png`
  const named = await store.presignGet(key, {
    expiresInSeconds: 60,
    contentDisposition: disposition,
    contentType: 'image/x-other',
  })
  const download = await fetch(String(named), { headers: { range: 'bytes=0-9' } })
  t.equal(download.status, 206)
  t.equal(download.headers.get('content-disposition'), disposition)
  t.equal(download.headers.get('content-type'), 'image/x-other')
  t.equal((await download.arrayBuffer()).byteLength, 10)

  const other = await fetch(String(plain).replace('signed/', 'signed/other-'))
  t.equal(other.status, 403)
  t.equal(await refusal(other), 'SignatureDoesNotMatch')
  const longer = await fetch(String(plain).replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'))
  t.equal(longer.status, 403, 'its life cannot be changed')
  await longer.body?.cancel()

  for (const expiresInSeconds of [0, -1, 1.5, 604_801]) {
    await t.rejects(store.presignGet(key, { expiresInSeconds }), TypeError)
  }
})

t.test('an expired signature is refused', async (t) => {
  await store.put('brief', Buffer.from('x'), { bytes: 1, contentType: TYPE })
  const url = String(await store.presignGet('brief', { expiresInSeconds: 1 }))
  const deadline = Date.now() + 30_000
  let status = 200
  while (status === 200 && Date.now() < deadline) {
    const answer = await fetch(url)
    status = answer.status
    await answer.arrayBuffer()
  }
  t.equal(status, 403)
})

t.test('a POST policy', async (t) => {
  const policy = await store.presignPost('posted/a b', {
    expiresInSeconds: 60,
    contentType: 'image/jpeg',
    maxBytes: 10_000,
  })
  if (!policy) throw new Error('no policy')
  const post = (bytes: number, changes: Record<string, string> = {}) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...policy.fields, ...changes })) form.append(name, value)
    form.append('file', new Blob([pattern(bytes)]), 'a.jpg')
    return fetch(policy.url, { method: 'POST', body: form })
  }
  const large = await post(10_001)
  t.equal(large.status, 400)
  t.equal(await refusal(large), 'EntityTooLarge')
  const empty = await post(0)
  t.equal(empty.status, 400)
  t.equal(await refusal(empty), 'EntityTooSmall')
  const elsewhere = await post(10, { key: 'posted/elsewhere' })
  t.equal(elsewhere.status, 403, 'another key')
  await elsewhere.body?.cancel()
  const typed = await post(10, { 'Content-Type': 'text/html' })
  t.equal(typed.status, 403, 'another type')
  await typed.body?.cancel()
  t.strictSame(await keysOf(store, 'posted/'), [], 'nothing was stored')

  t.equal((await post(10_000)).status, 204)
  t.ok((await read(store, 'posted/a b'))?.equals(pattern(10_000)))
  const stat = await independent.statObject(location.bucket, 'posted/a b')
  t.equal(stat.metaData['content-type'], 'image/jpeg')

  for (const wrong of [{ maxBytes: -1 }, { maxBytes: 5 * 1024 ** 3 + 1 }, { expiresInSeconds: 0 }]) {
    const options = { expiresInSeconds: 60, contentType: TYPE, maxBytes: 1, ...wrong }
    await t.rejects(store.presignPost('a', options), TypeError)
  }
})

t.test('signatures are for the public address', async (t) => {
  const proxy = await startTcpProxy(t, location.endpoint)
  const { accessKeyId = '', secretAccessKey = '' } = location.credentials ?? {}
  const userinfo = `${encodeURIComponent(accessKeyId)}:${encodeURIComponent(secretAccessKey)}`
  const url = `s3://${userinfo}@${hostname}:${port}/${location.bucket}?tls=${protocol === 'https:'}`
  const published = await createObjectStore(url, { publicUrl: proxy.url })
  t.teardown(() => published.close())
  await published.put('public', Buffer.from('x'), { bytes: 1, contentType: TYPE })
  const signed = String(await published.presignGet('public', { expiresInSeconds: 60 }))
  t.ok(signed.startsWith(`${proxy.url}/${location.bucket}/public?`))
  t.equal(await (await fetch(signed)).text(), 'x')
  const policy = await published.presignPost('p', { expiresInSeconds: 60, contentType: TYPE, maxBytes: 1 })
  t.equal(policy?.url.replace(/\/$/, ''), `${proxy.url}/${location.bucket}`)
})
