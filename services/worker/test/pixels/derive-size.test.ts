import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createTestFolder,
  decodeToRaw,
  encodeRaw,
  oriented,
  photo,
  photoPixels,
  QUADRANTS_SIZE,
} from '@tintype/testkit'
import t from 'tap'
import { thumbHashToApproximateAspectRatio, thumbHashToRGBA } from 'thumbhash'
import { decode } from '../../src/pixels/decode.ts'
import { deriveSound, distanceFromQuadrants, first } from './derive-picture.ts'

t.test('every height comes from one decode, in the order asked for', async (t) => {
  const picture = await photo({ width: 1500, height: 1000 })
  const derived = await deriveSound(t, picture, { heights: [200, 400, 37] })
  t.same(
    derived.renditions.map(({ name, width, height, format }) => ({ name, width, height, format })),
    [
      { name: 'h200', width: 300, height: 200, format: 'jpeg' },
      { name: 'h400', width: 600, height: 400, format: 'jpeg' },
      { name: 'h37', width: 56, height: 37, format: 'jpeg' },
    ],
  )
  for (const { data, width, height } of derived.renditions)
    t.match(await decodeToRaw(data), { width, height, channels: 3 })
  t.match(derived, { width: 1500, height: 1000 })
})

t.test('the width does not depend on what else is wanted, nor on the format', async (t) => {
  // Odd sizes, where a decoder that shrinks while loading rounds on its own.
  for (const format of ['jpeg', 'png', 'webp'] as const) {
    const picture = await photo({ width: 1001, height: 667, format })
    for (const heights of [[50], [400, 50], [50, 133]]) {
      const { renditions } = await deriveSound(t, picture, { heights })
      t.match(
        renditions.find(({ name }) => name === 'h50'),
        { width: 75, height: 50 },
        `${format} ${heights}`,
      )
    }
  }
})

t.test('a small picture keeps its own size at every height', async (t) => {
  const { renditions } = await deriveSound(t, await photo({ width: 90, height: 60 }), { heights: [200, 400] })
  t.match(renditions, [
    { name: 'h200', width: 90, height: 60 },
    { name: 'h400', width: 90, height: 60 },
  ])
  for (const { data } of renditions) t.match(await decodeToRaw(data), { width: 90, height: 60 })
})

t.test('pictures as thin as they come', async (t) => {
  for (const [size, expected] of [
    [
      { width: 10_000, height: 1 },
      { width: 10_000, height: 1 },
    ],
    [
      { width: 1, height: 10_000 },
      { width: 1, height: 200 },
    ],
    [
      { width: 70_000, height: 3 },
      { width: 65_500, height: 3 },
    ],
    [
      { width: 1, height: 1 },
      { width: 1, height: 1 },
    ],
  ] as const) {
    const picture = await encodeRaw(photoPixels({ ...size, seed: 1 }))
      .png()
      .toBuffer()
    const derived = await deriveSound(t, picture, { heights: [200] })
    t.match(derived, size)
    t.match(await decodeToRaw(first(derived.renditions).data), expected)
    t.ok(derived.thumbhash)
  }
})

t.test('all eight orientations look the same, in every format that carries one', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'tiff'] as const) {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const derived = await deriveSound(t, await oriented(orientation, format), { heights: [32] })
      t.match(derived, QUADRANTS_SIZE, `${format} ${orientation}: the size is the one seen`)
      const rendition = first(derived.renditions)
      t.match(rendition, { width: 48, height: 32 })
      t.ok((await distanceFromQuadrants(rendition)) <= 12, `${format} ${orientation}: the right way up`)
    }
  }
})

t.test('the thumbhash is there even when no rendition is wanted', async (t) => {
  const derived = await deriveSound(t, await photo({ width: 900, height: 300 }), { heights: [] })
  t.same(derived.renditions, [])
  t.match(derived, { width: 900, height: 300 })
  const hash = Buffer.from(derived.thumbhash, 'base64')
  t.ok(hash.length >= 5 && hash.length <= 25)
  t.ok(Math.abs(thumbHashToApproximateAspectRatio(hash) - 3) < 0.6)
  t.equal(thumbHashToRGBA(hash).w, 32)
})

t.test('a picture is decoded no larger than what is wanted of it', async (t) => {
  for (const format of ['jpeg', 'webp', 'png'] as const) {
    const path = join(await createTestFolder(t), 'original')
    await writeFile(path, await photo({ width: 1200, height: 800, format }))
    await using file = await open(path)
    const decoded = await decode({ path, file }, { maxHeight: 150, maxPixels: 1_000_000 })
    t.match(
      decoded,
      { seen: { width: 1200, height: 800 }, pixels: { width: 225, height: 150, channels: 3 } },
      format,
    )
  }
})
