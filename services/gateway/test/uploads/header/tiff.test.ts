import t from 'tap'
import { type Tag, type TiffOptions, tiff } from './fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

const LAYOUTS: TiffOptions[] = [
  { littleEndian: true, big: false },
  { littleEndian: false, big: false },
  { littleEndian: true, big: true },
  { littleEndian: false, big: true },
]

function size(width: number, height: number, type: NonNullable<Tag['type']> = 'LONG'): Tag[] {
  return [
    { tag: 256, value: width, type },
    { tag: 257, value: height, type },
  ]
}

t.test('classic and BigTIFF, either byte order, every integer type', async (t) => {
  for (const layout of LAYOUTS) {
    for (const type of ['SHORT', 'LONG', ...(layout.big ? (['LONG8'] as const) : [])] as const) {
      const content = tiff(size(300, 200, type), layout)
      await isImage(
        t,
        content,
        { format: 'tiff', width: 300, height: 200 },
        `${JSON.stringify(layout)} ${type}`,
      )
    }
  }
})

t.test('the directory may be anywhere', async (t) => {
  for (const layout of LAYOUTS) {
    const content = tiff(size(300, 200), { ...layout, directoryAt: 3_000_000 })
    await isImage(t, content, { format: 'tiff', width: 300, height: 200 })
  }
})

t.test('orientation and other tags', async (t) => {
  const other = { tag: 254, value: 0 }
  const orientation: Tag = { tag: 274, value: 8, type: 'SHORT' }
  for (const layout of LAYOUTS) {
    const content = tiff([other, ...size(30, 20), orientation], layout)
    await isImage(t, content, { format: 'tiff', width: 30, height: 20, orientation: 8 })
  }
  await isImage(t, tiff([...size(30, 20), { ...orientation, value: 9 }]), {
    format: 'tiff',
    width: 30,
    height: 20,
  })
})

t.test('a tile larger than the picture is claimed', async (t) => {
  const tiles: Tag[] = [
    { tag: 322, value: 65_536 },
    { tag: 323, value: 65_536 },
  ]
  await isImage(t, tiff([...size(30, 20), ...tiles]), {
    format: 'tiff',
    width: 30,
    height: 20,
    claimedPixels: 65_536 ** 2,
  })
})

t.test('headers that cannot be', async (t) => {
  for (const layout of LAYOUTS) {
    await isDamaged(t, tiff(size(0, 20), layout), /size of zero/)
    await isDamaged(t, tiff(size(30, 0), layout), /size of zero/)
    await isDamaged(t, tiff(size(30, 20).slice(1), layout), /names no size/)
    await isDamaged(t, tiff(size(30, 20).slice(0, 1), layout), /names no size/)
    await isDamaged(t, tiff([], layout), /claims 0 entries/)
    await isDamaged(t, tiff(size(30, 20, 'BYTE'), layout), /not one whole number/)
    await isDamaged(t, tiff([...size(30, 20), { tag: 256, value: 31 }], layout), /comes twice/)
    await isDamaged(
      t,
      tiff([{ tag: 256, value: 30, count: 2 }, ...size(30, 20).slice(1)], layout),
      /not one whole/,
    )
    const many = Array.from({ length: 4097 }, () => ({ tag: 1, value: 1 }))
    await isDamaged(t, tiff([...many, ...size(30, 20)], layout), /claims 4099 entries/)
  }
  await isDamaged(t, tiff(size(2 ** 40, 1, 'LONG8'), { big: true }), /impossible size/)
})

t.test('directories outside the file', async (t) => {
  for (const offset of [0, 4, 35, 0xffffffff]) {
    const content = tiff(size(30, 20))
    content.writeUInt32LE(offset, 4)
    await isDamaged(t, content, /outside the file|ends/, `at ${offset}`)
  }
  const big = tiff(size(30, 20), { big: true })
  big.writeBigUInt64LE(0xffffffffffffffffn, 8)
  await isDamaged(t, big, /outside the file/)
  const sizes = tiff(size(30, 20), { big: true })
  sizes.writeUInt16LE(4, 4)
  await isDamaged(t, sizes, /another size than 8/)
})

t.test('cut short', async (t) => {
  for (const layout of LAYOUTS) {
    const content = tiff(size(30, 20), layout)
    await needsAllOf(t, Buffer.concat([content, Buffer.alloc(5)]), content.length)
  }
})
