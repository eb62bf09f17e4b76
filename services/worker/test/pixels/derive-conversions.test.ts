import { CONVERSION_FORMATS, conversionName } from '@tintype/domain'
import {
  animatedGif,
  cmykJpeg,
  decodeToRaw,
  encodeRaw,
  GPS_MARKS,
  heic,
  oriented,
  p3Jpeg,
  photo,
  png16,
  QUADRANTS_SIZE,
  quadrants,
  readQuadrants,
  transparentPng,
  withGps,
} from '@tintype/testkit'
import sharp from 'sharp'
import t from 'tap'
import { deriveSound, distance, distanceFromQuadrants } from './derive-picture.ts'

const ALL = CONVERSION_FORMATS.map(conversionName)
/** Of 255: lossy twice, and the rounding of a profile. */
const NEAR = 10
/** What sharp calls AVIF. */
const READ_AS = { jpeg: 'jpeg', png: 'png', webp: 'webp', avif: 'heif' } as const

for (const [what, make, near] of [
  ['JPEG', () => oriented(1), NEAR],
  ['CMYK', cmykJpeg, 28],
  ['Display P3', p3Jpeg, NEAR],
  ['16 bits', () => png16(), NEAR],
  ['16 bits in Display P3', () => png16('p3'), NEAR],
  ['an animated GIF, its first frame', animatedGif, NEAR],
  ['HEIC in Display P3', () => heic({ isP3: true }), NEAR],
  ['HEIC stored on its side', () => heic({ isTurned: true }), NEAR],
  ['AVIF', () => encodeRaw(quadrants()).avif({ quality: 90, effort: 0 }).toBuffer(), NEAR],
] as const) {
  t.test(`full size of ${what}, in every format`, async (t) => {
    const { renditions, refused } = await deriveSound(t, await make(), { wants: ALL })
    t.strictSame(refused, [])
    for (const rendition of renditions) {
      const { format, data } = rendition
      t.match(rendition, QUADRANTS_SIZE)
      const metadata = await sharp(data).metadata()
      t.match(metadata, { format: READ_AS[format], ...QUADRANTS_SIZE, depth: 'uchar', space: 'srgb' })
      t.notOk(metadata.icc ?? metadata.exif ?? metadata.xmp ?? metadata.orientation, `${format} is bare`)
      const off = await distanceFromQuadrants(rendition)
      t.ok(off <= near, `${format} is off by ${off}`)
    }
  })
}

for (let orientation = 1; orientation <= 8; orientation += 1) {
  t.test(`orientation ${orientation} is applied at full size`, async (t) => {
    const { renditions } = await deriveSound(t, await oriented(orientation), { wants: ALL })
    t.equal(renditions.length, ALL.length)
    for (const rendition of renditions) {
      t.match(rendition, QUADRANTS_SIZE)
      t.ok((await distanceFromQuadrants(rendition)) <= NEAR, rendition.format)
    }
  })
}

t.test('what is transparent is white as JPEG, and stays so in the others', async (t) => {
  const { renditions } = await deriveSound(t, await transparentPng(), { wants: ALL })
  for (const { format, data } of renditions) {
    const raw = await decodeToRaw(data)
    t.equal(raw.channels, format === 'jpeg' ? 3 : 4, format)
    const shown = readQuadrants(raw)
    if (format === 'jpeg') t.ok(distance(shown, { ...shown, bottomRight: [255, 255, 255] }) <= NEAR)
    else t.equal(raw.data.at(-1), 0, format)
    t.ok(distance({ ...shown, bottomRight: [210, 190, 90] }) <= NEAR, `${format} is as it was elsewhere`)
  }
})

t.test('no metadata goes with a conversion', async (t) => {
  const { renditions } = await deriveSound(t, await withGps('jpeg'), { wants: ALL })
  for (const { data } of renditions) t.notOk(GPS_MARKS.some((mark) => data.includes(mark)))
})

t.test('a picture too large for a format is refused in that format alone', async (t) => {
  const small = await deriveSound(t, await photo({ width: 300, height: 200 }), {
    wants: ALL,
    avifMaxPixels: 59_999,
  })
  t.strictSame(small.refused, [{ name: 'full.avif', code: 'TT_CONVERSION_TOO_LARGE' }])
  t.strictSame(
    small.renditions.map(({ format }) => format),
    ['jpeg', 'png', 'webp'],
  )
  const long = await encodeRaw(quadrants({ width: 16_390, height: 4 }))
    .png()
    .toBuffer()
  const { renditions, refused } = await deriveSound(t, long, { wants: [...ALL, 'h4.webp', 'h2.webp'] })
  t.strictSame(
    refused.map(({ name }) => name),
    ['full.webp', 'full.avif', 'h4.webp'],
  )
  t.match(
    renditions.map(({ name, width }) => ({ name, width })),
    [
      { name: 'full.jpeg', width: 16_390 },
      { name: 'full.png', width: 16_390 },
      { name: 'h2.webp', width: 8195 },
    ],
  )
})

t.test('WebP variants of thumbnails, transparent ones too, beside the default', async (t) => {
  const picture = await transparentPng()
  const { renditions } = await deriveSound(t, picture, { wants: ['h32', 'h32.webp', 'h400.webp'] })
  t.match(
    renditions.map(({ name, format, height }) => ({ name, format, height })),
    [
      { name: 'h32', format: 'png', height: 32 },
      { name: 'h32.webp', format: 'webp', height: 32 },
      { name: 'h400.webp', format: 'webp', height: QUADRANTS_SIZE.height },
    ],
    'never enlarged',
  )
  for (const { data } of renditions) t.equal((await decodeToRaw(data)).data.at(-1), 0)
})
