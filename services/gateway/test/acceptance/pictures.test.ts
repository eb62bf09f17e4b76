import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  boastfulPng,
  type Client,
  cmykJpeg,
  corruptPng,
  createUser,
  decodeToRaw,
  GPS_MARKS,
  type ImageBody,
  oriented,
  type ProblemBody,
  p3Jpeg,
  photo,
  poll,
  QUADRANTS,
  type Quadrants,
  type RawPicture,
  readQuadrants,
  sharedPictures,
  svg,
  truncatedJpeg,
  withGps,
} from '@tintype/testkit'
import t, { type Test } from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { countObjects, imagesOf, objectsOf } from './objects.ts'
import { sharedStack } from './stack.ts'

const stack = await sharedStack()
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const { client } = await createUser(admin, { tier: 'Premium' })
const shared = sharedPictures()

async function thumbnailOf(
  bytes: Buffer,
  height = 200,
): Promise<{ image: ImageBody; file: Buffer; pixels: RawPicture }> {
  const { id } = await client.uploadOne({ filename: 'picture', bytes })
  const image = await client.waitUntilSettled(id)
  if (image.state !== 'ready') throw new Error(JSON.stringify(image.error))
  const { bytes: file } = await client.get(image.thumbnails[height]?.url ?? '')
  return { image, file, pixels: await decodeToRaw(file) }
}

/** The four colours are where they belong, as far as JPEG and inks allow. */
function showsQuadrants(t: Test, pixels: RawPicture, name: string): void {
  const seen = readQuadrants(pixels)
  for (const [corner, expected] of Object.entries(QUADRANTS) as [keyof Quadrants, readonly number[]][]) {
    const off = Math.max(...expected.map((value, channel) => Math.abs(value - (seen[corner][channel] ?? 0))))
    t.ok(off <= 25, `${name}: ${corner} is ${seen[corner]} and should be ${expected}`)
  }
}

/** How far two pictures of one size are apart, on average, of 255. */
function difference(a: RawPicture, b: RawPicture): number {
  let sum = 0
  for (const [at, value] of a.data.entries()) sum += Math.abs(value - (b.data[at] ?? 0))
  return sum / a.data.length
}

t.test('all eight ways to hold a camera', async (t) => {
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const { image, pixels } = await thumbnailOf(await oriented(orientation))
    t.match(image, { width: 96, height: 64 }, `${orientation} is described as seen`)
    t.strictSame([pixels.width, pixels.height], [96, 64], `${orientation} is turned, and not enlarged`)
    showsQuadrants(t, pixels, `orientation ${orientation}`)
  }
})

t.test('colours are right, whatever they were stored in', async (t) => {
  showsQuadrants(t, (await thumbnailOf(await cmykJpeg())).pixels, 'CMYK')
  showsQuadrants(t, (await thumbnailOf(await p3Jpeg())).pixels, 'Display P3')
})

t.test('where it was taken is nobody’s business', async (t) => {
  const { file } = await thumbnailOf(await withGps())
  for (const mark of [...GPS_MARKS, 'Exif', 'GPS']) t.notOk(file.includes(mark), mark)
})

t.test('real photographs', async (t) => {
  if (shared === undefined) {
    t.comment('there are none on this machine')
    return
  }
  const at = (path: string) => readFile(join(shared, path))
  for (const kind of ['Landscape', 'Portrait']) {
    const upright = (await thumbnailOf(await at(`orientation/${kind}_1.jpg`))).pixels
    for (let turn = 2; turn <= 8; turn += 1) {
      const { pixels } = await thumbnailOf(await at(`orientation/${kind}_${turn}.jpg`))
      t.strictSame([pixels.width, pixels.height], [upright.width, upright.height], `${kind} ${turn}`)
      t.ok(
        difference(upright, pixels) < 3,
        `${kind} ${turn} is ${difference(upright, pixels).toFixed(2)} off`,
      )
    }
  }
  for (const name of ['Channel_digital_image_CMYK_color.jpg', 'gain-map.jpg', 'example.heic']) {
    const { pixels, file } = await thumbnailOf(await at(`photos/${name}`))
    t.equal(pixels.height, 200, name)
    t.equal(pixels.channels, 3, `${name} is RGB`)
    t.notOk(file.includes('CMYK'), name)
  }
})

t.test('every accepted format', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
    const { image } = await thumbnailOf(await photo({ width: 300, height: 260, format }))
    t.match(image, { format, width: 300, height: 260, thumbnails: { 200: { height: 200 } } }, format)
  }
})

t.test('bad input is refused by name, and leaves nothing', async (t) => {
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'narrow',
    maxUploadBytes: 20_000,
  })
  const { client: other } = await createUser(admin, { tier: tier.id })
  const good = await photo({ width: 64, height: 48 })
  const BAD: [filename: string, bytes: Buffer, status: number, code: string][] = [
    ['text.jpg', Buffer.from('This is a text.'), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['drawing.svg', svg(), 415, 'TT_FORMAT_NOT_ACCEPTED'],
    ['nothing.jpg', Buffer.alloc(0), 400, 'TT_FILE_EMPTY'],
    ['large.jpg', Buffer.concat([good, Buffer.alloc(20_000)]), 413, 'TT_FILE_TOO_LARGE'],
    ['boast.png', boastfulPng(), 413, 'TT_TOO_MANY_PIXELS'],
  ]
  for (const [filename, bytes, status, code] of BAD) {
    const answer = await other.upload([{ filename, bytes }])
    t.equal(answer.status, status, filename)
    t.equal((answer.body as unknown as ProblemBody).code, code, filename)
  }
  t.strictSame(await imagesOf(other), [])
  const mixed = await other.upload(
    BAD.flatMap(([filename, bytes]) => [
      { filename, bytes },
      { filename: 'good.jpg', bytes: good },
    ]),
  )
  t.equal(mixed.status, 207)
  const kept = mixed.body.items.flatMap((item) => item.image?.id ?? [])
  t.equal(kept.length, BAD.length)
  for (const id of kept) t.equal((await other.waitUntilSettled(id)).state, 'ready')

  const many = await other.upload(Array.from({ length: 51 }, () => ({ filename: 'good.jpg', bytes: good })))
  t.equal(many.status, 207)
  t.equal(many.body.items[50]?.error?.code, 'TT_TOO_MANY_FILES')
  const empty = await other.request<ProblemBody>('POST', '/v1/images')
  t.match(empty, { status: 400, body: { code: 'TT_NO_FILE' } })
  const noFile = new FormData()
  noFile.append('title', 'of nothing')
  t.match(await other.request('POST', '/v1/images', { body: noFile }), {
    status: 400,
    body: { code: 'TT_NO_FILE' },
  })
})

t.test('what only a decode can tell ends as failed, with its reason', async (t) => {
  const settled = async (bytes: Buffer) => {
    const { id } = await client.uploadOne({ filename: 'damaged', bytes })
    return client.waitUntilSettled(id)
  }
  for (const bytes of [await truncatedJpeg(), await corruptPng()]) {
    const image = await settled(bytes)
    t.match(image, { state: 'failed', error: { code: 'TT_IMAGE_CORRUPT', message: /damaged or cut short/ } })
    t.match(image.thumbnails, { 200: { state: 'failed' }, 400: { state: 'failed' } })
    t.match(await client.get(`/v1/images/${image.id}/thumbnails/200`), {
      status: 422,
      body: { code: 'TT_IMAGE_FAILED', details: { reason: 'TT_IMAGE_CORRUPT' } },
    })
    t.ok((await client.get(`/v1/images/${image.id}/original`)).bytes.equals(bytes), 'the file is kept')
    t.equal((await client.delete(`/v1/images/${image.id}`)).status, 204)
  }
})

t.test('the store holds what there is, and no more', async (t) => {
  const everybody: Client[] = [client, admin]
  const images = await poll(
    async () => {
      const all = (await Promise.all(everybody.map(imagesOf))).flat()
      const conversions = all.flatMap((image) => Object.values(image.conversions ?? {}))
      return conversions.every(({ state }) => state !== 'pending') && all
    },
    { timeoutMs: 60_000, waitingFor: 'every conversion to be ready or failed' },
  )
  const { originals, renditions } = objectsOf(images)
  const there = await countObjects(stack.storeUrl)
  t.strictSame(
    originals.filter((id) => !there.originals.includes(id)),
    [],
  )
  for (const [id, count] of Object.entries(renditions)) t.equal(there.renditions[id], count)
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)
