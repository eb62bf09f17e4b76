import { heic, pdf, photo, svg } from '@tintype/testkit'
import t from 'tap'
import { sharp } from '../../src/pixels/locked-sharp.ts'

// What starts as no accepted format never comes this far; libvips must refuse it by itself all the same.
t.test('libvips opens the formats of uploads and no other', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const) {
    const metadata = await sharp(await photo({ width: 32, height: 32, format })).metadata()
    t.equal(metadata.format, format === 'avif' ? 'heif' : format)
  }
  for (const [what, bytes] of [
    ['SVG', svg()],
    ['PDF', pdf()],
    ['PPM', Buffer.concat([Buffer.from('P6 2 2 255\n'), Buffer.alloc(12, 90)])],
    ['Radiance', Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x01\x01\x01\x80', 'latin1')],
  ] as const) {
    await t.rejects(sharp(bytes).metadata(), /unsupported image format/, what)
  }
})

t.test('HEIC is not sharp’s to decode', async (t) => {
  await t.rejects(
    sharp(await heic())
      .raw()
      .toBuffer(),
    /not been built in/,
  )
})

t.test('nothing is cached, and a decode is one core’s work', async (t) => {
  t.match(sharp.cache(), { memory: { max: 0 }, files: { max: 0 }, items: { max: 0 } })
  t.equal(sharp.concurrency(), 1)
})
