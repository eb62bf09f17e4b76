import { createHash, randomBytes } from 'node:crypto'
import { photo, startTcpProxy } from '@tintype/testkit'
import t from 'tap'
import { type Client, createClient, type Progress, type UploadUrls } from '../src/index.ts'
import { startServer } from './server.ts'
import { listed, sharedStack, someone } from './stack.ts'

const MIB = 1024 * 1024
// What comes after the end of a picture is no part of it, and kept with it.
const bytes = new Uint8Array(Buffer.concat([await photo({ width: 60, height: 40 }), randomBytes(20 * MIB)]))
const file = new File([bytes], 'huge.jpg', { type: 'image/jpeg' })

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

function keptInMemory(): UploadUrls & { urls: Map<string, string> } {
  const urls = new Map<string, string>()
  return {
    urls,
    get: (key) => urls.get(key),
    set: (key, url) => urls.set(key, url),
    delete: (key) => urls.delete(key),
  }
}

/** What somebody has and what it counts: of an upload that was begun again, more would be left. */
async function holdings(client: Client) {
  const { usage } = await client.me()
  const images = await listed(client.images.list())
  return { usage, hashes: images.map(({ sha256 }) => sha256) }
}

const once = { usage: { images: 1, bytes: bytes.length }, hashes: [sha256(bytes)] }

t.test('a large file goes in parts, and says how far it is', async (t) => {
  const { client } = await someone()
  const progress: Progress[] = []
  const uploadUrls = keptInMemory()
  const image = await client.images.upload(file, {
    title: 'Höhe',
    uploadUrls,
    onProgress: (step) => progress.push(step),
  })
  t.match(image, { sha256: sha256(bytes), title: 'Höhe', filename: 'huge.jpg', bytes: bytes.length })
  t.strictSame(progress.at(-1), { sentBytes: bytes.length, totalBytes: bytes.length })
  t.ok(progress.length > 3, `${progress.length} steps`)
  t.equal(uploadUrls.urls.size, 0, 'what is done is forgotten')
  t.match(await holdings(client), once)
})

t.test('a connection that breaks costs no more than it carried', async (t) => {
  const proxy = await startTcpProxy(t, (await sharedStack()).url)
  const { user } = await someone()
  const client = createClient({ baseUrl: proxy.url })
  await client.login(user.username, user.password)
  let cuts = 0
  const image = await client.images.upload(file, {
    onProgress({ sentBytes }) {
      if (sentBytes < (cuts + 1) * 5 * MIB || cuts === 3) return
      cuts += 1
      void proxy.cut().then(() => proxy.restore())
    },
  })
  t.equal(cuts, 3)
  t.equal(image.sha256, sha256(bytes))
  t.match(await holdings(client), once)
})

t.test('the next call goes on where the last one was stopped', async (t) => {
  const { client } = await someone()
  const uploadUrls = keptInMemory()
  const stop = new AbortController()
  const stopped = client.images.upload(file, {
    uploadUrls,
    signal: stop.signal,
    onProgress: ({ sentBytes }) => sentBytes > 12 * MIB && stop.abort(new Error('stopped')),
  })
  await t.rejects(stopped, { message: 'stopped' })
  t.equal(uploadUrls.urls.size, 1)
  const first: number[] = []
  const image = await client.images.upload(file, {
    uploadUrls,
    onProgress: ({ sentBytes }) => first.push(sentBytes),
  })
  t.ok((first[0] ?? 0) >= 8 * MIB, `went on at ${first[0]}`)
  t.equal(image.sha256, sha256(bytes))
  t.match(await holdings(client), once)
})

t.test('an upload that the server has forgotten begins anew', async (t) => {
  const { client } = await someone()
  const uploadUrls = keptInMemory()
  uploadUrls.urls.set('mine', `${(await sharedStack()).url}/v1/tus/forgotten`)
  const image = await client.images.upload(file, { uploadUrls, uploadKey: 'mine' })
  t.equal(image.sha256, sha256(bytes))
})

t.test('what the server refuses is thrown with its code', async (t) => {
  const { url } = await startServer(t, (request, response) => {
    request.resume()
    response.writeHead(413, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ statusCode: 413, code: 'TT_QUOTA_EXCEEDED', message: 'There is no room.' }))
  })
  const client = createClient({ baseUrl: url, token: 'token' })
  await t.rejects(client.images.upload(file), {
    name: 'TintypeError',
    code: 'TT_QUOTA_EXCEEDED',
    statusCode: 413,
  })
})
