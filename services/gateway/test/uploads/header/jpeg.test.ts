import t from 'tap'
import { exifSegment, jpeg, segment, u16 } from './fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

const APP2_PROFILE = segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\x01'), Buffer.alloc(65_000))

t.test('every kind of frame header gives the size', async (t) => {
  for (let sof = 0xc0; sof <= 0xcf; sof++) {
    if ([0xc4, 0xc8, 0xcc].includes(sof)) continue
    await isImage(t, jpeg(640, 480, { sof }), { format: 'jpeg', width: 640, height: 480 }, `SOF${sof - 0xc0}`)
  }
  await isImage(t, jpeg(65_535, 65_535), { format: 'jpeg', width: 65_535, height: 65_535 })
})

t.test('DHT, JPG and DAC are no frame headers', async (t) => {
  const before = [0xc4, 0xc8, 0xcc].map((marker) => segment(marker, Buffer.from([8]), u16(1), u16(1), u16(0)))
  await isImage(t, jpeg(30, 20, { before }), { format: 'jpeg', width: 30, height: 20 })
})

t.test('segments of any length and number before the frame header are passed', async (t) => {
  const before = Array.from({ length: 255 }, () => APP2_PROFILE)
  await isImage(t, jpeg(30, 20, { before }), { format: 'jpeg', width: 30, height: 20 })
})

t.test('a thumbnail inside Exif is not the picture', async (t) => {
  const before = [segment(0xe1, Buffer.from('Exif\0\0'), jpeg(160, 120))]
  await isImage(t, jpeg(30, 20, { before }), { format: 'jpeg', width: 30, height: 20 })
})

t.test(
  'fill bytes, parameterless markers and rubbish between segments are passed as libjpeg does',
  async (t) => {
    const between = Buffer.from([0xff, 0xff, 0xff, 0x01, 0xff, 0xd3, 0x00, 0x41, 0xff, 0x00, 0xff, 0xff])
    const before = [segment(0xfe, Buffer.from('a comment')), between]
    await isImage(t, jpeg(30, 20, { before }), { format: 'jpeg', width: 30, height: 20 })
  },
)

t.test('orientation comes from the first Exif segment', async (t) => {
  const xmp = segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0'))
  for (let orientation = 1; orientation <= 8; orientation++) {
    const before = [xmp, exifSegment(orientation), exifSegment(1)]
    await isImage(t, jpeg(30, 20, { before }), { format: 'jpeg', width: 30, height: 20, orientation })
  }
})

t.test('broken Exif costs the orientation, not the picture', async (t) => {
  const broken = [
    exifSegment(9),
    exifSegment(0),
    segment(0xe1, Buffer.from('Exif\0\0MM\0*\xff\xff\xff\xff', 'latin1')),
    segment(0xe1, Buffer.from('Exif\0\0')),
    segment(0xe1),
  ]
  for (const block of broken) {
    await isImage(t, jpeg(30, 20, { before: [block] }), { format: 'jpeg', width: 30, height: 20 })
  }
})

t.test('headers that cannot be', async (t) => {
  await isDamaged(t, jpeg(30, 0), /size of zero/, 'height left to a DNL segment')
  await isDamaged(t, jpeg(0, 20), /size of zero/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.from([0xff, 0xd8])] }), /a second time/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.from([0xff, 0xd9])] }), /no frame header/)
  await isDamaged(t, jpeg(9, 9, { before: [segment(0xda)] }), /no frame header/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.from([0xff, 0xe0, 0, 1])] }), /shorter than its own/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.from([0xff, 0xe0, 0xff, 0xff])] }), /file ends/)
  const components = jpeg(9, 9)
  components.writeUInt8(4, components.length - 10)
  await isDamaged(t, components, /components/)
  await isDamaged(t, Buffer.from([0xff, 0xd8]), /file ends/)
})

t.test('walks that lead nowhere end', async (t) => {
  const tiny = Buffer.alloc(400_000, Buffer.from([0xff, 0xe0, 0, 2]))
  await isDamaged(t, jpeg(9, 9, { before: [tiny] }), /more (segments|parts)/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.alloc(400_000, 0xff)] }), /more parts/)
  await isDamaged(t, jpeg(9, 9, { before: [Buffer.alloc(400_000, 0x20)] }), /more parts/)
})

t.test('cut short', async (t) => {
  const content = jpeg(30, 20, { before: [exifSegment(6)] })
  await needsAllOf(t, Buffer.concat([content, Buffer.alloc(5)]), content.length)
})
