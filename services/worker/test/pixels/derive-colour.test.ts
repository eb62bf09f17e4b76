import {
  animatedGif,
  animatedWebp,
  cmykJpeg,
  decodeToRaw,
  encodeRaw,
  GPS_MARKS,
  greyJpeg,
  heic,
  multiPageTiff,
  opaqueAlphaPng,
  p3Jpeg,
  palettePng,
  photo,
  png16,
  QUADRANTS_SIZE,
  quadrants,
  readQuadrants,
  samplesIn,
  transparentPng,
  withGps,
} from '@tintype/testkit'
import sharp from 'sharp'
import t from 'tap'
import { deriveSound, distance, distanceFromQuadrants, first } from './derive-picture.ts'

/** Of 255: JPEG twice, and the rounding of a profile. */
const NEAR = 8

for (const [what, make] of [
  ['Display P3', p3Jpeg],
  ['16 bits', () => png16()],
  ['16 bits with an sRGB profile', () => png16('srgb')],
  ['16 bits in Display P3', () => png16('p3')],
  ['a palette', palettePng],
  ['an animated GIF, its first frame', animatedGif],
  ['an animated WebP, its first frame', animatedWebp],
  ['a TIFF of several pages, its first', multiPageTiff],
  ['AVIF', () => encodeRaw(quadrants()).avif({ quality: 90, effort: 0 }).toBuffer()],
  ['lossless WebP', () => encodeRaw(quadrants()).webp({ lossless: true }).toBuffer()],
  ['HEIC', () => heic()],
  ['HEIC in Display P3', () => heic({ isP3: true })],
  ['HEIC stored on its side', () => heic({ isTurned: true })],
] as const) {
  t.test(`colours: ${what}`, async (t) => {
    const derived = await deriveSound(t, await make(), { heights: [400, 48] })
    t.match(derived, QUADRANTS_SIZE)
    for (const rendition of derived.renditions) {
      t.equal(rendition.format, 'jpeg')
      const off = await distanceFromQuadrants(rendition)
      t.ok(off <= NEAR, `${rendition.name} is off by ${off}`)
    }
  })
}

t.test('the colour fixtures would show a profile that was not applied', async (t) => {
  const { width, height } = QUADRANTS_SIZE
  const asIfSrgb = readQuadrants({ data: await samplesIn('p3'), width, height, channels: 3 })
  t.ok(distance(asIfSrgb) > NEAR)
})

t.test('CMYK comes out as the inks look', async (t) => {
  for (const isProfiled of [true, false]) {
    const picture = await cmykJpeg({ isProfiled })
    t.match(await sharp(picture).metadata(), { space: 'cmyk', hasProfile: isProfiled })
    const asDecodedWhole = readQuadrants(await decodeToRaw(picture))
    for (const rendition of (await deriveSound(t, picture, { heights: [400, 48] })).renditions) {
      t.equal(rendition.format, 'jpeg')
      t.ok((await distanceFromQuadrants(rendition)) <= 28)
      t.ok(distance(readQuadrants(await decodeToRaw(rendition.data)), asDecodedWhole) <= NEAR)
    }
  }
})

t.test('grey stays grey', async (t) => {
  const { renditions } = await deriveSound(t, await greyJpeg())
  const { topLeft } = readQuadrants(await decodeToRaw(first(renditions).data))
  t.ok(Math.max(...topLeft) - Math.min(...topLeft) <= 1)
})

t.test('a transparent picture becomes PNG, whole and in part', async (t) => {
  const { renditions } = await deriveSound(t, await transparentPng(), { heights: [400, 32] })
  for (const { data, format, width, height } of renditions) {
    t.equal(format, 'png')
    const raw = await decodeToRaw(data)
    t.match(raw, { width, height, channels: 4 })
    t.equal(raw.data[3], 255, 'opaque where it was')
    t.equal(raw.data.at(-1), 0, 'transparent where it was')
    t.ok(distance({ ...readQuadrants(raw), bottomRight: [210, 190, 90] }) <= 2)
  }
})

t.test('an alpha channel that hides nothing does not make a PNG', async (t) => {
  const { renditions } = await deriveSound(t, await opaqueAlphaPng(), { heights: [400, 32] })
  for (const rendition of renditions) {
    t.equal(rendition.format, 'jpeg')
    t.ok((await distanceFromQuadrants(rendition)) <= NEAR)
  }
})

t.test('renditions carry no metadata and no profile', async (t) => {
  for (const picture of [
    await withGps('jpeg'),
    await withGps('png'),
    await withGps('webp'),
    await p3Jpeg(),
    await heic({ isP3: true }),
    await sharp(await transparentPng())
      .withExif({ IFD0: { Model: GPS_MARKS[0] } })
      .withIccProfile('p3')
      .png()
      .toBuffer(),
  ]) {
    const { renditions } = await deriveSound(t, picture, { heights: [400, 32] })
    for (const { data } of renditions) {
      const metadata = await sharp(data).metadata()
      t.notOk(
        metadata.exif ??
          metadata.icc ??
          metadata.xmp ??
          metadata.iptc ??
          metadata.orientation ??
          metadata.comments,
      )
      t.notOk(GPS_MARKS.some((mark) => data.includes(mark)))
    }
  }
})

t.test('the GPS fixture does carry what must be stripped', async (t) => {
  for (const format of ['jpeg', 'png', 'webp'] as const) {
    const metadata = await sharp(await withGps(format)).metadata()
    t.ok(metadata.exif?.includes(GPS_MARKS[0]), `${format} EXIF`)
    t.ok(metadata.xmp?.includes(GPS_MARKS[1]), `${format} XMP`)
  }
})

t.test('JPEG renditions are 4:2:0 and baseline', async (t) => {
  const { renditions } = await deriveSound(t, await photo())
  t.match(await sharp(first(renditions).data).metadata(), {
    chromaSubsampling: '4:2:0',
    isProgressive: false,
  })
})
