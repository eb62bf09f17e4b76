import t from 'tap'
import { u16, u32 } from './fixtures.ts'
import {
  box,
  clap,
  ftyp,
  fullBox,
  gridDescription,
  type HeifOptions,
  heif,
  type Item,
  imir,
  ipma,
  irot,
  ispe,
  largeBox,
  overlayDescription,
} from './heif-fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

const PLAIN: Item = { id: 1, type: 'av01', properties: [1] }
const AVIF = { format: 'avif', width: 300, height: 200 } as const

function one(properties: Buffer[], rest: Partial<HeifOptions> = {}): Buffer {
  return heif({
    properties,
    items: [{ ...PLAIN, properties: properties.map((_, index) => index + 1) }],
    ...rest,
  })
}

t.test('the size is the primary item’s ispe', async (t) => {
  const items = [
    { id: 7, type: 'av01', properties: [1] },
    { id: 9, type: 'av01', properties: [3, 2] },
  ]
  const properties = [ispe(30, 20), ispe(300, 200), box('pixi', Buffer.alloc(8))]
  for (const wide of [false, true]) {
    await isImage(t, heif({ properties, items, primary: 9, wide }), AVIF)
    await isImage(t, heif({ properties, items, primary: 7, wide }), {
      format: 'avif',
      width: 30,
      height: 20,
      claimedPixels: 60_000,
    })
  }
})

t.test('HEIC is read the same way', async (t) => {
  const content = one([ispe(300, 200)], { brands: ['heic', 'mif1', 'heic'] })
  await isImage(t, content, { format: 'heic', width: 300, height: 200 })
})

t.test('rotations and mirrorings come out as Exif numbers them', async (t) => {
  const expected: [Buffer[], number][] = [
    [[irot(0)], 1],
    [[irot(1)], 8],
    [[irot(2)], 3],
    [[irot(3)], 6],
    [[imir(0)], 4],
    [[imir(1)], 2],
    [[irot(1), imir(0)], 5],
    [[irot(3), imir(1)], 5],
    [[irot(3), imir(0)], 7],
    [[irot(1), imir(1)], 7],
    [[imir(1), irot(3)], 7],
    [[irot(2), imir(0)], 2],
    [[imir(0), imir(0)], 1],
  ]
  for (const [transformations, orientation] of expected) {
    await isImage(t, one([ispe(300, 200), ...transformations]), { ...AVIF, orientation })
  }
})

t.test('a clean aperture crops the picture but not the claim', async (t) => {
  const content = one([ispe(300, 200), clap([597, 2], [199, 1])])
  await isImage(t, content, { ...AVIF, width: 299, height: 199, claimedPixels: 60_000 })
  await isDamaged(t, one([ispe(300, 200), clap([301, 1], [199, 1])]), /cropped/)
  await isDamaged(t, one([ispe(300, 200), clap([0, 0], [199, 1])]), /cropped/)
  await isDamaged(t, one([ispe(300, 200), clap([300, 1], [0, 1])]), /cropped/)
})

t.test('the largest of any ispe is claimed', async (t) => {
  const content = heif({ properties: [ispe(300, 200), ispe(0xffffffff, 0xffffffff)], items: [PLAIN] })
  await isImage(t, content, { ...AVIF, claimedPixels: 0xffffffff ** 2 })
})

t.test('the canvas that a grid or an overlay describes is claimed', async (t) => {
  const items = (type: string, ...data: Buffer[]): Item[] => [
    { id: 1, type, properties: [1], data },
    { id: 2, type: 'av01', properties: [2] },
  ]
  const properties = [ispe(300, 200), ispe(150, 100)]
  for (const wide of [false, true]) {
    for (const dataInFile of [false, true]) {
      const place = { properties, wide, dataInFile }
      await isImage(t, heif({ ...place, items: items('grid', gridDescription(300, 200)) }), AVIF)
      const huge = { ...AVIF, claimedPixels: 65_535 ** 2 }
      await isImage(t, heif({ ...place, items: items('grid', gridDescription(65_535, 65_535)) }), huge)
      const split = gridDescription(65_535, 65_535, true)
      const parts = [split.subarray(0, 3), split.subarray(3, 7), split.subarray(7)]
      await isImage(t, heif({ ...place, items: items('grid', ...parts) }), huge, 'in three extents')
      await isImage(t, heif({ ...place, items: items('iovl', overlayDescription(65_535, 65_535)) }), huge)
      const short = gridDescription(300, 200).subarray(0, 7)
      await isDamaged(t, heif({ ...place, items: items('grid', short) }), /cut short/)
      await isDamaged(t, heif({ ...place, items: items('grid') }), /cut short/)
    }
  }
})

t.test('a grid whose description cannot be found', async (t) => {
  const items = [{ ...PLAIN, type: 'grid', data: [gridDescription(300, 200)] }]
  const properties = [ispe(300, 200)]
  const empty = Buffer.alloc(0)
  await isDamaged(t, heif({ properties, items, replace: { iloc: empty } }), /where its items are/)
  await isDamaged(t, heif({ properties, items, replace: { idat: empty } }), /not where a decoder looks/)
  const location = (construction: number, offset: number) =>
    fullBox(
      'iloc',
      { version: 1 },
      u16(0x4400),
      u16(1),
      u16(1),
      u16(construction),
      u16(0),
      u16(1),
      u32(offset),
      u32(8),
    )
  await isDamaged(
    t,
    heif({ properties, items, replace: { iloc: location(2, 0) } }),
    /not where a decoder looks/,
  )
  await isDamaged(t, heif({ properties, items, replace: { iloc: location(0, 0xffffff) } }), /ends/)
  await isDamaged(
    t,
    heif({ properties, items, replace: { iloc: location(1, 9) } }),
    /longer than what holds it/,
  )
  const nowhere = fullBox('iloc', { version: 1 }, u16(0x4400), u16(0))
  await isDamaged(t, heif({ properties, items, replace: { iloc: nowhere } }), /where its tiles/)
  const entry = Buffer.concat([u16(1), u16(1), u16(0), u16(1), u32(0), u32(8)])
  const twice = fullBox('iloc', { version: 1 }, u16(0x4400), u16(2), entry, entry)
  await isDamaged(t, heif({ properties, items, replace: { iloc: twice } }), /says twice/)
  const odd = fullBox(
    'iloc',
    { version: 1 },
    u16(0x3300),
    u16(1),
    u16(1),
    u16(0),
    u16(0),
    u16(1),
    Buffer.alloc(6),
  )
  await isDamaged(t, heif({ properties, items, replace: { iloc: odd } }), /field size/)
  const many = Array.from({ length: 65 }, (_, index) => ({ id: index + 1, type: 'grid', properties: [1] }))
  await isDamaged(t, heif({ properties, items: many }), /more composed pictures/)
})

t.test('headers that cannot be', async (t) => {
  await isDamaged(t, one([ispe(0, 200)]), /size of zero/)
  await isDamaged(t, one([ispe(300, 0)]), /size of zero/)
  await isDamaged(t, one([irot(1)]), /names no size/)
  await isDamaged(t, one([ispe(3, 2)], { primary: 2 }), /not among the items/)
  await isDamaged(t, heif({ properties: [ispe(3, 2)], items: [{ ...PLAIN, properties: [2] }] }), /not there/)
  for (const type of ['pitm', 'iinf', 'iprp']) {
    await isDamaged(
      t,
      one([ispe(3, 2)], { replace: { [type]: Buffer.alloc(0) } }),
      new RegExp(`no ${type} box`),
    )
    const twice = Buffer.concat([box(type, Buffer.alloc(8)), box(type, Buffer.alloc(8))])
    await isDamaged(t, one([ispe(3, 2)], { replace: { [type]: twice } }), new RegExp(`two ${type} boxes`))
  }
  const iprp = box('iprp', box('ipco', ispe(3, 2)), box('ipco', ispe(4, 2)), ipma([PLAIN]))
  await isDamaged(t, one([ispe(3, 2)], { replace: { iprp } }), /two ipco boxes/)
  await isDamaged(t, Buffer.concat([ftyp('avif'), box('mdat', Buffer.alloc(9))]), /no meta box/)
  const second = Buffer.concat([one([ispe(3, 2)]), fullBox('meta', {})])
  await isDamaged(t, second, /two meta boxes/)
})

t.test('associations may be spread over several ipma boxes', async (t) => {
  const items = [{ ...PLAIN, properties: [2] }]
  const iprp = box('iprp', box('ipco', ispe(300, 200), irot(1)), ipma([PLAIN]), ipma(items, true))
  await isImage(t, one([ispe(3, 2)], { replace: { iprp } }), { ...AVIF, orientation: 8 })
})

t.test('meta may follow the pixels, and sizes may have 64 bits or none', async (t) => {
  const content = one([ispe(300, 200)])
  const metaAt = content.indexOf('meta') - 4
  const metaEnd = metaAt + content.readUInt32BE(metaAt)
  const head = content.subarray(0, metaAt)
  const meta = content.subarray(metaAt, metaEnd)
  const pixels = Buffer.alloc(500_000)
  await isImage(t, Buffer.concat([head, box('mdat', pixels), meta]), AVIF)
  await isImage(t, Buffer.concat([head, largeBox('mdat', pixels), largeBox('meta', meta.subarray(8))]), AVIF)
  const open = Buffer.from(meta)
  open.writeUInt32BE(0, 0)
  await isImage(t, Buffer.concat([head, box('mdat', pixels), open]), AVIF)
  const cut = Buffer.concat([head, meta, box('mdat', pixels).subarray(0, 100)])
  await isImage(t, cut, AVIF, 'pixels that are cut short are the decoder’s to find')
  await isDamaged(t, Buffer.concat([head, box('mdat', pixels).subarray(0, 100)]), /ends/)
})

t.test('boxes that lie', async (t) => {
  const metaAt = one([ispe(3, 2)]).indexOf('meta') - 4
  for (const size of [2, 7, 0xffffffff]) {
    const content = one([ispe(3, 2)])
    content.writeUInt32BE(size, metaAt)
    await isDamaged(t, content, /shorter than its own lead|ends/, `a meta of ${size} bytes`)
  }
  const huge = Buffer.concat([u32(1), Buffer.from('free'), u32(0xffffffff), u32(0xffffffff)])
  await isDamaged(t, Buffer.concat([ftyp('avif'), huge]), /ends/)
  const tiny = Buffer.concat([u32(1), Buffer.from('free'), u32(0), u32(15)])
  await isDamaged(t, Buffer.concat([ftyp('avif'), tiny]), /shorter than its own lead/)
  const many = Buffer.alloc(800_000, box('free'))
  await isDamaged(t, Buffer.concat([ftyp('avif'), many]), /more boxes/)
  const associations = fullBox('ipma', {}, u32(0xffffffff))
  const iprp = box('iprp', box('ipco', ispe(3, 2)), associations)
  await isDamaged(t, one([ispe(3, 2)], { replace: { iprp } }), /longer than what holds it/)
})

t.test('cut short', async (t) => {
  const content = heif({
    properties: [ispe(300, 200), irot(1)],
    items: [{ id: 1, type: 'grid', properties: [1, 2], data: [gridDescription(300, 200)] }],
  })
  await needsAllOf(t, content, content.indexOf('mdat') - 4)
})
