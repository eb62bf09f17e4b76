// In a process of its own: it kills gateways.

import { createHash, randomFillSync } from 'node:crypto'
import { createUser, type ImageBody, insertPngChunk, photo, startTcpProxy } from '@tintype/testkit'
import t from 'tap'
import { Upload } from 'tus-js-client'
import { startGateway } from '../gateway.ts'
import { tracesOf } from '../uploads/traces.ts'

const MEGABYTE = 1024 ** 2
const CUTS = 10

t.setTimeout(300_000)

t.test('200 MB over ten cuts and two deaths', async (t) => {
  // As a balancer, in front of whichever gateway is there.
  const proxy = await startTcpProxy(t, 'http://127.0.0.1:8')
  const gateway = await startGateway(t, { env: { PUBLIC_URL: proxy.url } })
  const second = await gateway.startBeside()
  proxy.forwardTo(gateway.url)

  const admin = await gateway.signInAsAdmin()
  const tier = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'large',
    maxUploadBytes: 300 * MEGABYTE,
  })
  const { client } = await createUser(admin, { tier: tier.body.id })
  const picture = insertPngChunk(
    await photo({ width: 64, height: 48, format: 'png' }),
    'ttPd',
    randomFillSync(Buffer.alloc(200 * MEGABYTE)),
  )

  /** What happens once so much has been sent. */
  const troubles: (() => Promise<void>)[] = Array.from({ length: CUTS }, () => async () => {
    await proxy.cut()
    await proxy.restore()
  })
  troubles.splice(3, 0, async () => {
    proxy.forwardTo(second.url)
    await gateway.service.kill('SIGKILL')
  })
  troubles.splice(8, 0, async () => {
    const third = gateway.startAgain()
    proxy.forwardTo(gateway.url)
    await second.kill('SIGKILL')
    await third
  })
  let met = 0
  let troubled: Promise<void> = Promise.resolve()
  const urls = new Set<string | null>()

  const id = await new Promise<string | undefined>((resolve, reject) => {
    const upload = new Upload(picture, {
      endpoint: new URL('/v1/tus', proxy.url).href,
      headers: { authorization: `Bearer ${client.accessToken}` },
      metadata: { filename: 'large.png', filetype: 'image/png' },
      retryDelays: [0, 100, 200, 400, ...Array(60).fill(1000)],
      onUploadUrlAvailable: () => void urls.add(upload.url),
      onProgress(sent) {
        const due = ((met + 1) * picture.length) / (CUTS + 4)
        const trouble = troubles[met]
        if (sent < due || trouble === undefined) return
        met += 1
        troubled = troubled.then(trouble)
      },
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('Tintype-Image-Id')),
    })
    upload.start()
  })
  await troubled

  t.equal(met, CUTS + 2, 'all of it happened')
  t.equal(urls.size, 1, 'it was never begun anew')
  const { body: image } = await client.get<ImageBody>(`/v1/images/${id}`)
  const sha256 = createHash('sha256').update(picture).digest('hex')
  t.match(image, { filename: 'large.png', bytes: picture.length, sha256 })
  t.match(await tracesOf(gateway, client), {
    ...{ images: [id], originals: [id], usedBytes: picture.length, usedImages: 1 },
  })
  for await (const { key } of gateway.store.list('staging/')) t.fail(`left behind: ${key}`)
})
