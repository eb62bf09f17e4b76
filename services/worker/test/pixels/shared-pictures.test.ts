import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeToRaw, sharedPictures } from '@tintype/testkit'
import sharp from 'sharp'
import t from 'tap'
import type { Rendition } from '../../src/pixels/derive.ts'
import { derivePicture, deriveSound, first } from './derive-picture.ts'
import { createLab } from './pool-of.ts'

/**
 * Real photographs, a whole suite of PNG and hostile files, on machines that
 * have them (see `sharedPictures`). The rules themselves are tested on generated pictures.
 */

const folder = sharedPictures()

async function files(name: string): Promise<{ name: string; path: string }[]> {
  if (folder === undefined) return []
  return (await readdir(join(folder, name))).map((file) => ({ name: file, path: join(folder, name, file) }))
}

/** Mean absolute difference of two pictures of one size, of 255. */
function meanDifference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) throw new Error(`${one.length} and ${other.length} bytes of pixels`)
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length
}

/** How much brighter one is than the other, in the channel where it is most: what a wrong profile shows, and compression does not. */
function colourShift(one: Uint8Array, other: Uint8Array): number {
  const shifts = [0, 0, 0]
  for (const [index, value] of one.entries())
    shifts[index % 3] = (shifts[index % 3] ?? 0) + value - (other[index] ?? 0)
  return Math.max(...shifts.map(Math.abs)) / (one.length / 3)
}

/** The same size from a decode of the whole picture, which nothing shrank on the way. */
async function fromWholeDecode(picture: Buffer, { width, height }: Rendition): Promise<Buffer> {
  const { data, info } = await sharp(picture, { autoOrient: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return sharp(data, { raw: info }).resize(width, height, { fit: 'fill' }).raw().toBuffer()
}

t.test('every orientation looks as its upright twin', async (t) => {
  for (const { name, path } of await files('orientation')) {
    const twin = await deriveSound(t, await readFile(path.replace(/\d\.jpg$/, '1.jpg')), { heights: [200] })
    const derived = await deriveSound(t, await readFile(path), { heights: [200] })
    t.match(derived, { width: twin.width, height: twin.height }, name)
    const [one, other] = [first(derived.renditions), first(twin.renditions)]
    const difference = meanDifference(
      (await decodeToRaw(one.data)).data,
      (await decodeToRaw(other.data)).data,
    )
    t.ok(difference < 4, `${name} differs by ${difference.toFixed(2)}`)
  }
})

t.test('photographs, CMYK and a gain map among them, look as a decode of the whole', async (t) => {
  for (const { name, path } of await files('photos')) {
    if (!/\.jpe?g$/.test(name)) continue
    const picture = await readFile(path)
    for (const rendition of (await deriveSound(t, picture, { heights: [400, 200] })).renditions) {
      const metadata = await sharp(rendition.data).metadata()
      t.match(metadata, { space: 'srgb', hasProfile: false, format: 'jpeg' }, name)
      const { data } = await decodeToRaw(rendition.data)
      const reference = await fromWholeDecode(picture, rendition)
      const difference = meanDifference(data, reference)
      const shift = colourShift(data, reference)
      t.ok(difference < 8, `${name} ${rendition.name} differs by ${difference.toFixed(2)}`)
      t.ok(shift < 2, `${name} ${rendition.name} is shifted by ${shift.toFixed(2)}`)
    }
  }
})

t.test('other photographs', async (t) => {
  const expected: Record<string, object> = {
    '4.webp': { width: 1024, height: 772, format: 'jpeg' },
    'alpha-premultiply-2048x1536-paper.png': { width: 2048, height: 1536, format: 'png' },
    'example.heic': { width: 1280, height: 854, format: 'jpeg' },
    'rotating-squares.gif': { width: 80, height: 80, format: 'png' },
    'with-alpha-512x512.heic': { width: 512, height: 512, format: 'png' },
  }
  for (const { name, path } of await files('photos')) {
    if (expected[name] === undefined) continue
    const { width, height, renditions } = await deriveSound(t, await readFile(path), { heights: [200] })
    t.match({ width, height, format: first(renditions).format }, expected[name], name)
  }
})

t.test('PngSuite: every kind of PNG is read, and every corrupt one is refused', async (t) => {
  for (const { name, path } of await files('pngsuite')) {
    for (const heights of [[], [200]]) {
      const { outcome } = await derivePicture(t, await readFile(path), { heights })
      t.equal(outcome, name.startsWith('x') ? 'bad-input' : 'derived', name)
    }
  }
})

t.test('hostile files end as one or the other, and crash no decoder', async (t) => {
  const { pool, jobFor } = await createLab(t, { size: 1 })
  for (const { name, path } of await files('hostile')) {
    const outcome = await pool.derive(await jobFor(await readFile(path), { heights: [400, 200] }))
    t.ok(
      outcome.outcome === 'bad-input' || outcome.outcome === 'derived',
      `${name}: ${JSON.stringify(outcome)}`,
    )
  }
  t.match(pool.stats(), { crashed: { exit: 0, timeout: 0, memory: 0 } })
})
