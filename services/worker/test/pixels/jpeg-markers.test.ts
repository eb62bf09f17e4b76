import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestFolder, photo, truncated, withGps } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { hasJpegEnd } from '../../src/pixels/jpeg-markers.ts'

async function hasEnd(t: Test, ...parts: Uint8Array[]): Promise<boolean> {
  const path = join(await createTestFolder(t), 'original')
  await writeFile(path, Buffer.concat(parts))
  await using file = await open(path)
  return await hasJpegEnd(file)
}

const trailer = Buffer.alloc(70_000, 1)

t.test('whole pictures have an end, with or without something behind it', async (t) => {
  for (const picture of [
    await photo({ width: 900, height: 700 }),
    await photo({ width: 900, height: 700, progressive: true }),
    await withGps('jpeg'),
  ]) {
    t.equal(await hasEnd(t, picture), true)
    t.equal(await hasEnd(t, picture, trailer), true)
    t.equal(await hasEnd(t, picture, Buffer.of(0)), true)
  }
})

t.test('a picture without its end has none', async (t) => {
  for (const picture of [
    await photo({ width: 900, height: 700 }),
    await photo({ width: 900, height: 700, progressive: true }),
  ]) {
    for (const share of [0.001, 0.2, 0.5, 0.999])
      t.equal(await hasEnd(t, truncated(picture, share)), false, `${share}`)
    t.equal(await hasEnd(t, picture.subarray(0, -2)), false)
  }
})

t.test('an end inside a segment is not the picture’s', async (t) => {
  // EXIF holds a small JPEG of its own; here a comment stands in for it.
  const picture = await photo({ width: 300, height: 200 })
  const inner = Buffer.from('fffe0006ffd8ffd9', 'hex')
  const cut = picture.subarray(2, Math.floor(picture.length / 2))
  t.equal(await hasEnd(t, picture.subarray(0, 2), inner, cut), false)
})

t.test('segments and scans that straddle what is read at once', async (t) => {
  const picture = await photo({ width: 300, height: 200 })
  for (const length of [65_530, 65_531, 65_532, 65_533, 65_535]) {
    const comment = Buffer.alloc(length + 2, 0xff)
    comment.writeUInt16BE(0xfffe)
    comment.writeUInt16BE(length, 2)
    const parts = [picture.subarray(0, 2), comment, comment, picture.subarray(2)]
    t.equal(await hasEnd(t, ...parts, trailer), true, `${length}`)
    t.equal(await hasEnd(t, ...parts.slice(0, -1), picture.subarray(2, -2)), false, `${length}, cut`)
  }
})
