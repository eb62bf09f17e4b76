import { rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createUser, type ImageBody, photo, type TestUser } from '@tintype/testkit'
import t from 'tap'
import { DetailedError, Upload, type UploadOptions } from 'tus-js-client'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { imageIdOf, offsetOf, piecesOf, tusOf } from './tus.ts'

t.setTimeout(240_000)

/** tus-js-client as it is published: what Uppy uploads with. */
t.test('a client library', async (t) => {
  const gateway = await sharedGateway()
  const admin = await gateway.signInAsAdmin()
  const jpeg = await photo({ width: 640, height: 480 })

  async function user(): Promise<TestUser & { usage(): Promise<object> }> {
    const made = await createUser(admin, { tier: 'Basic' })
    const usage = async () => (await made.client.get<{ usage: object }>('/v1/me')).body.usage
    return { ...made, usage }
  }
  /** @returns the image's id, from the last answer. */
  function upload({ client }: TestUser, options: Partial<UploadOptions>, bytes = jpeg): Promise<string> {
    return new Promise((resolve, reject) => {
      new Upload(bytes, {
        endpoint: new URL('/v1/tus', gateway.url).href,
        headers: { authorization: `Bearer ${client.accessToken}` },
        metadata: { filename: 'a.jpg', filetype: 'image/jpeg' },
        retryDelays: [],
        onError: reject,
        onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('Tintype-Image-Id') ?? ''),
        ...options,
      }).start()
    })
  }

  const ways: Record<string, Partial<UploadOptions>> = {
    'in one request': {},
    'in chunks': { chunkSize: 10_000 },
    'with the creation': { uploadDataDuringCreation: true },
    'with the creation, in chunks': { uploadDataDuringCreation: true, chunkSize: 10_000 },
    'by POST alone': { overridePatchMethod: true, chunkSize: 10_000 },
  }
  for (const [name, options] of Object.entries(ways)) {
    t.test(name, async (t) => {
      const someone = await user()
      const id = await upload(someone, options)
      const { body } = await someone.client.get<ImageBody>(`/v1/images/${id}`)
      t.match(body, { id, filename: 'a.jpg', bytes: jpeg.length })
      t.match(await someone.usage(), { bytes: jpeg.length, images: 1 })
    })
  }

  t.test('goes on where it stopped, and gets the answer that it lost', async (t) => {
    const someone = await user()
    const tus = tusOf(gateway, someone.client)
    const uploadUrl = await tus.begin(jpeg.length)
    await tus.patch(uploadUrl, 0, jpeg.subarray(0, 5000))
    let sent = 0
    const onProgress = (now: number) => {
      sent ||= now
    }
    const id = await upload(someone, { uploadUrl, onProgress })
    t.equal(sent, 5000, 'from there')
    t.equal(await upload(someone, { uploadUrl }), id)
    t.match(await someone.usage(), { bytes: jpeg.length, images: 1 })
  })

  t.test('is told why a file is refused', async (t) => {
    const someone = await user()
    const error = await upload(someone, {}, Buffer.from('no picture')).catch((reason: unknown) => reason)
    t.ok(error instanceof DetailedError)
    const answer = (error as DetailedError).originalResponse
    t.equal(answer?.getStatus(), 415)
    t.match(JSON.parse(answer?.getBody() ?? ''), { code: 'TT_FORMAT_NOT_ACCEPTED' })
    t.match(await someone.usage(), { bytes: 0, images: 0 })
  })

  t.test('gives an upload up', async (t) => {
    const someone = await user()
    const tus = tusOf(gateway, someone.client)
    const url = await tus.begin(jpeg.length)
    await Upload.terminate(url, { headers: { authorization: `Bearer ${someone.client.accessToken}` } })
    t.equal((await tus.head(url)).status, 404)
    t.match(await someone.usage(), { bytes: 0, images: 0 })
  })

  t.test('finishes what a fault of the store has left whole', async (t) => {
    const someone = await user()
    const tus = tusOf(gateway, someone.client)
    const uploadUrl = await tus.begin(jpeg.length)
    const originals = join(gateway.storeDir, 'originals')
    await rename(originals, `${originals}-away`)
    // A link that leads to itself.
    await symlink(originals, originals)
    try {
      const refused = await tus.patch(uploadUrl, 0, jpeg)
      t.match(refused, { status: 503, body: { code: 'TT_STORE_UNAVAILABLE' } })
      const asked = await tus.head(uploadUrl)
      t.equal(asked.status, 423, 'for a client takes anything else for its loss')
      t.match(asked.headers.get('retry-after'), /^\d+$/)
      t.equal((await tus.patch(uploadUrl, jpeg.length, new Uint8Array())).status, 503)
      t.equal((await piecesOf(gateway, uploadUrl)).length, 1, 'nothing of it is lost')
    } finally {
      await unlink(originals)
      await rename(`${originals}-away`, originals)
    }
    const id = await upload(someone, { uploadUrl })
    const finished = await tus.head(uploadUrl)
    t.match([offsetOf(finished), imageIdOf(finished)], [String(jpeg.length), id])
    t.match(await someone.usage(), { bytes: jpeg.length, images: 1 })
  })

  t.test('conduct', (t) => checkConduct(t, gateway))
})
