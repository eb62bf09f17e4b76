import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestFolder, heic, photo, svg } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { decoderFor } from '../../src/pixels/signature.ts'

async function decoderForBytes(t: Test, bytes: Uint8Array): Promise<string | undefined> {
  const path = join(await createTestFolder(t), 'original')
  await writeFile(path, bytes)
  await using file = await open(path)
  return await decoderFor(file)
}

function ftyp(major: string, ...compatible: string[]): Buffer {
  const box = Buffer.from(`\0\0\0\0ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1')
  box.writeUInt32BE(box.length)
  return Buffer.concat([box, Buffer.alloc(64)])
}

t.test('real files', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const) {
    t.equal(await decoderForBytes(t, await photo({ width: 32, height: 32, format })), 'sharp', format)
  }
  t.equal(await decoderForBytes(t, await heic()), 'libheif')
  t.equal(await decoderForBytes(t, svg()), undefined)
  t.equal(await decoderForBytes(t, Buffer.alloc(0)), undefined)
})

t.test('brands', async (t) => {
  for (const [expected, major, ...compatible] of [
    ['libheif', 'heic', 'mif1', 'heic'],
    ['libheif', 'mif1', 'mif1', 'heic', 'hevc'],
    ['libheif', 'mif1', 'miaf'],
    ['sharp', 'mif1', 'miaf', 'avif'],
    ['sharp', 'avis', 'msf1'],
    ['sharp', 'mif1', 'heic', 'avif'],
    [undefined, 'mp42', 'isom'],
  ] as const) {
    t.equal(await decoderForBytes(t, ftyp(major, ...compatible)), expected, `${major} ${compatible}`)
  }
})
