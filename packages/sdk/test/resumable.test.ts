import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestFolder, type Scope } from '@tintype/testkit'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import t from 'tap'
import { createClient, type Progress, type UploadUrls } from '../src/index.ts'
import { startServer } from './server.ts'

const MIB = 1024 * 1024
const bytes = new Uint8Array(randomBytes(20 * MIB))
const file = new File([bytes], 'huge.tiff', { type: 'image/tiff' })

/** The protocol's own reference server, where the API has it; it names an image after the upload that became it. */
async function startTus(t: Scope) {
  const folder = await createTestFolder(t)
  const requests: string[] = []
  const metadata: unknown[] = []
  const server = new Server({
    path: '/v1/tus',
    datastore: new FileStore({ directory: folder }),
    relativeLocation: false,
    onUploadFinish: async (_request, upload) => {
      metadata.push(upload.metadata)
      return { headers: { 'tintype-image-id': upload.id } }
    },
  })
  const { url, cut } = await startServer(t, (request, response) => {
    requests.push(`${request.method} ${request.headers.authorization}`)
    if (request.url?.startsWith('/v1/tus')) return server.handle(request, response)
    response.setHeader('content-type', 'application/json')
    return response.end(JSON.stringify({ id: request.url?.split('/').at(-1) }))
  })
  const hashOf = async (id: string) => sha256(await readFile(join(folder, id)))
  return { url, cut, requests, metadata, hashOf }
}

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

t.test('a large file goes in parts, and says how far it is', async (t) => {
  const { url, requests, metadata, hashOf } = await startTus(t)
  const client = createClient({ baseUrl: url, token: 'token' })
  const progress: Progress[] = []
  const uploadUrls = keptInMemory()
  const { id } = await client.images.upload(file, {
    title: 'Höhe',
    uploadUrls,
    onProgress: (step) => progress.push(step),
  })
  t.equal(await hashOf(id), sha256(bytes))
  t.strictSame(metadata, [{ filename: 'huge.tiff', filetype: 'image/tiff', title: 'Höhe' }])
  t.strictSame(progress.at(-1), { sentBytes: bytes.length, totalBytes: bytes.length })
  t.ok(progress.length > 3, `${progress.length} steps`)
  t.strictSame(new Set(requests), new Set(['POST Bearer token', 'PATCH Bearer token', 'GET Bearer token']))
  t.equal(uploadUrls.urls.size, 0, 'what is done is forgotten')
})

t.test('a connection that breaks costs no more than it carried', async (t) => {
  const { url, cut, requests, hashOf } = await startTus(t)
  const client = createClient({ baseUrl: url, token: 'token' })
  let cuts = 0
  const { id } = await client.images.upload(file, {
    onProgress({ sentBytes }) {
      if (sentBytes < (cuts + 1) * 5 * MIB || cuts === 3) return
      cuts += 1
      cut()
    },
  })
  t.equal(cuts, 3)
  t.equal(await hashOf(id), sha256(bytes))
  t.equal(requests.filter((one) => one.startsWith('POST')).length, 1, 'begun once')
})

t.test('the next call goes on where the last one was stopped', async (t) => {
  const { url, requests, hashOf } = await startTus(t)
  const client = createClient({ baseUrl: url, token: 'token' })
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
  const { id } = await client.images.upload(file, {
    uploadUrls,
    onProgress: ({ sentBytes }) => first.push(sentBytes),
  })
  t.ok((first[0] ?? 0) >= 8 * MIB, `went on at ${first[0]}`)
  t.equal(await hashOf(id), sha256(bytes))
  t.equal(requests.filter((one) => one.startsWith('POST')).length, 1)
})

t.test('an upload that the server has forgotten begins anew', async (t) => {
  const { url, hashOf } = await startTus(t)
  const client = createClient({ baseUrl: url, token: 'token' })
  const uploadUrls = keptInMemory()
  uploadUrls.urls.set('mine', `${url}/v1/tus/forgotten`)
  const { id } = await client.images.upload(file, { uploadUrls, uploadKey: 'mine' })
  t.equal(await hashOf(id), sha256(bytes))
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
