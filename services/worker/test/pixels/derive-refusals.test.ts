import type { FailureCode } from '@tintype/domain'
import {
  boastfulPng,
  corruptPng,
  encodeRaw,
  heic,
  type PhotoFormat,
  pdf,
  photo,
  photoPixels,
  progressiveJpeg,
  sizelessHeic,
  svg,
  truncated,
  truncatedJpeg,
} from '@tintype/testkit'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { type DerivePictureOptions, derivePicture } from './derive-picture.ts'

async function refused(
  t: Test,
  picture: Uint8Array,
  code: FailureCode,
  options?: DerivePictureOptions & { what?: string },
): Promise<void> {
  const derived = await derivePicture(t, picture, options)
  t.match(derived, { outcome: 'bad-input', code, detail: String }, options?.what ?? code)
  if (derived.outcome === 'bad-input') t.notMatch(derived.detail, /\/(?:tmp|proc)\/|\n/, 'names no path')
}

t.test('the tier’s pixel limit reaches the decoder', async (t) => {
  const pixels = 300 * 200
  for (const format of ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const) {
    const picture = await photo({ width: 300, height: 200, format })
    t.match(
      await derivePicture(t, picture, { maxPixels: pixels }),
      { outcome: 'derived' },
      `${format} at the limit`,
    )
    await refused(t, picture, 'TT_IMAGE_TOO_LARGE', { maxPixels: pixels - 1, what: `${format} over it` })
    await refused(t, picture, 'TT_IMAGE_TOO_LARGE', { maxPixels: 0, what: '0 is no pixels, not no limit' })
  }
  t.match(await derivePicture(t, await heic(), { maxPixels: 96 * 64 }), { outcome: 'derived' })
  await refused(t, await heic(), 'TT_IMAGE_TOO_LARGE', { maxPixels: 96 * 64 - 1 })
})

t.test('a header that claims gigapixels is refused by its claim', async (t) => {
  await refused(t, boastfulPng(), 'TT_IMAGE_TOO_LARGE')
})

t.test('a picture that was cut short is refused at every height, wherever it was cut', async (t) => {
  const formats: PhotoFormat[] = ['jpeg', 'png', 'webp', 'tiff', 'gif']
  for (const format of formats) {
    const picture = await photo({ width: 1200, height: 900, format })
    for (const share of [0.3, 0.9, 0.99, 0.9999]) {
      for (const heights of [[], [400]]) {
        await refused(t, truncated(picture, share), 'TT_IMAGE_CORRUPT', {
          heights,
          what: `${format} ${share}`,
        })
      }
    }
  }
  await refused(t, await truncatedJpeg(), 'TT_IMAGE_CORRUPT')
  const progressive = await photo({ width: 1200, height: 900, progressive: true })
  await refused(t, truncated(progressive, 0.9), 'TT_IMAGE_CORRUPT')
  const whole = await heic()
  for (const share of [0.05, 0.5, 0.95]) await refused(t, truncated(whole, share), 'TT_IMAGE_CORRUPT')
})

t.test('what stands behind a JPEG’s picture is no damage', async (t) => {
  // As the second picture of a gain-map JPEG does, and the padding of many cameras.
  const picture = await photo({ width: 1200, height: 900 })
  const trailing = Buffer.concat([
    picture,
    await photo({ width: 300, height: 225 }),
    Buffer.alloc(100_000, 7),
  ])
  t.match(await derivePicture(t, trailing), { outcome: 'derived', width: 1200, height: 900 })
})

t.test('damage inside is refused', async (t) => {
  await refused(t, await corruptPng(), 'TT_IMAGE_CORRUPT')
  await refused(t, await corruptPng(), 'TT_IMAGE_CORRUPT', { heights: [] })
  await refused(t, await sizelessHeic(), 'TT_IMAGE_CORRUPT')
  await refused(t, Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'TT_IMAGE_CORRUPT')
  await refused(t, Buffer.of(0xff, 0xd8, 0xff, 0xd9), 'TT_IMAGE_CORRUPT')
})

t.test('a JPEG of more passes than any encoder writes', async (t) => {
  const passes = (scans: number) => progressiveJpeg({ width: 400, height: 300, scans })
  t.match(await derivePicture(t, passes(100)), { outcome: 'derived', width: 400 })
  await refused(t, passes(101), 'TT_IMAGE_UNSUPPORTED')
})

t.test('a TIFF whose channels are no colours', async (t) => {
  const { data, width, height } = photoPixels({ width: 60, height: 40, seed: 1 })
  const band = Buffer.alloc(width * height, 90)
  for (const bands of [2, 3]) {
    const tiff = await encodeRaw({ data, width, height, channels: 3 })
      .joinChannel(Array(bands).fill(band), { raw: { width, height, channels: 1 } })
      .tiff({ compression: 'lzw' })
      .toBuffer()
    await refused(t, tiff, 'TT_IMAGE_UNSUPPORTED')
  }
})

t.test('only the formats of uploads are opened', async (t) => {
  const raw = await sharp(await photo())
    .raw()
    .toBuffer()
  for (const [what, bytes] of [
    ['SVG', svg()],
    ['PDF', pdf()],
    ['PPM', Buffer.concat([Buffer.from('P6 640 480 255\n'), raw])],
    ['Radiance', Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x01\x01\x01\x80', 'latin1')],
    ['libvips’ own', Buffer.concat([Buffer.from('b6a6f208', 'hex'), Buffer.alloc(200)])],
    ['a text', Buffer.from('no picture at all')],
    ['nothing', Buffer.alloc(0)],
    ['AVC video', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1')],
  ] as const) {
    await refused(t, bytes, 'TT_IMAGE_UNSUPPORTED', { what })
  }
})
