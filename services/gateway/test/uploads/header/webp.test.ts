import t from 'tap'
import { anmf, exif, riffChunk, vp8, vp8l, vp8x, webp } from './fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

const ANIMATION = 0x02
const EXIF = 0x08
const ICC = riffChunk('ICCP', Buffer.alloc(100_001))

t.test('the simple layouts give the size of their picture', async (t) => {
  await isImage(t, webp(vp8(300, 200)), { format: 'webp', width: 300, height: 200 })
  await isImage(t, webp(vp8(16_383, 16_383)), { format: 'webp', width: 16_383, height: 16_383 })
  await isImage(t, webp(vp8l(300, 200)), { format: 'webp', width: 300, height: 200 })
  await isImage(t, webp(vp8l(16_384, 16_384)), { format: 'webp', width: 16_384, height: 16_384 })
  await isImage(t, webp(vp8l(1, 1)), { format: 'webp', width: 1, height: 1 })
})

t.test('the extended layout gives its canvas', async (t) => {
  const size = { format: 'webp', width: 300, height: 200 } as const
  await isImage(t, webp(vp8x(300, 200), ICC, vp8(300, 200)), size)
  await isImage(t, webp(vp8x(300, 200), riffChunk('ALPH', Buffer.alloc(3)), vp8(300, 200)), size)
  const frame = anmf({ x: 10, y: 20, width: 290, height: 180 })
  await isImage(t, webp(vp8x(300, 200, ANIMATION), riffChunk('ANIM', Buffer.alloc(6)), frame, frame), size)
})

t.test('orientation comes from the Exif chunk, before or behind the picture', async (t) => {
  const turned = { format: 'webp', width: 30, height: 20, orientation: 6 } as const
  const block = riffChunk('EXIF', exif(6))
  await isImage(t, webp(vp8x(30, 20, EXIF), vp8(30, 20), riffChunk('XMP ', Buffer.alloc(3)), block), turned)
  await isImage(t, webp(vp8x(30, 20, EXIF), block, vp8l(30, 20)), turned)
  const prefixed = riffChunk('EXIF', Buffer.concat([Buffer.from('Exif\0\0'), exif(6)]))
  await isImage(t, webp(vp8x(30, 20, EXIF), vp8(30, 20), prefixed), turned)
  const frames = Array.from({ length: 900 }, () => anmf({ x: 0, y: 0, width: 30, height: 20 }))
  await isImage(t, webp(vp8x(30, 20, EXIF | ANIMATION), ...frames, block), turned)
})

t.test('an animation of very many frames is only left without orientation', async (t) => {
  const frames = Array.from({ length: 6000 }, () => anmf({ x: 0, y: 0, width: 30, height: 20 }))
  const content = webp(vp8x(30, 20, EXIF | ANIMATION), ...frames, riffChunk('EXIF', exif(6)))
  await isImage(t, content, { format: 'webp', width: 30, height: 20 })
})

t.test('a picture that is not its canvas', async (t) => {
  await isDamaged(t, webp(vp8x(1, 1), vp8(16_000, 16_000)), /another size/)
  await isDamaged(t, webp(vp8x(1, 1), vp8l(2, 1)), /another size/)
  await isDamaged(
    t,
    webp(vp8x(8, 8, ANIMATION), anmf({ x: 0, y: 0, width: 9, height: 8 })),
    /leaves its canvas/,
  )
  await isDamaged(
    t,
    webp(vp8x(8, 8, ANIMATION), anmf({ x: 0, y: 2, width: 8, height: 8 })),
    /leaves its canvas/,
  )
})

t.test('headers that cannot be', async (t) => {
  await isDamaged(t, webp(vp8(0, 20)), /size of zero/)
  await isDamaged(t, webp(vp8(30, 20, [0x11, 0, 0])), /lossy picture/, 'not a key frame')
  await isDamaged(t, webp(vp8(30, 20, [0x00, 0, 0])), /lossy picture/, 'not shown')
  await isDamaged(t, webp(vp8(30, 20, [0x18, 0, 0])), /lossy picture/, 'no such profile')
  await isDamaged(t, webp(vp8l(30, 20, 1)), /lossless picture/)
  await isDamaged(t, webp(riffChunk('VP8L', Buffer.from([0x2e, 0, 0, 0, 0]))), /lossless picture/)
  await isDamaged(t, webp(riffChunk('VP8L', Buffer.from([0x2f]))), /longer than what holds it/)
  await isDamaged(t, webp(vp8x(0x1000000, 0x1000000), vp8(1, 1)), /impossible size/)
  await isDamaged(t, webp(vp8x(30, 20), ICC), /file ends/, 'no picture')
  await isDamaged(t, webp(vp8x(30, 20, ANIMATION), vp8(30, 20)), /file ends/, 'no frame')
  await isDamaged(t, webp(ICC, vp8(30, 20)), /none of its first chunks/)
  await isDamaged(t, webp(), /file ends/)
})

t.test('sizes that lie', async (t) => {
  const longer = webp(vp8(30, 20))
  longer.writeUInt32LE(0xffffffff, 4)
  await isDamaged(t, longer, /ends before the WebP/)
  const shorter = Buffer.concat([webp(vp8(30, 20)), Buffer.alloc(4)])
  shorter.writeUInt32LE(12, 4)
  await isDamaged(t, shorter, /longer than what holds it/)
  shorter.writeUInt32LE(0, 4)
  await isDamaged(t, shorter, /points past/)
  const chunk = webp(vp8(30, 20))
  chunk.writeUInt32LE(0xffffffff, 16)
  await isDamaged(t, chunk, /file ends/)
  const many = Array.from({ length: 5000 }, () => riffChunk('junk', Buffer.alloc(0)))
  await isDamaged(t, webp(vp8x(30, 20), ...many, vp8(30, 20)), /no picture/)
})

t.test('cut short', async (t) => {
  await needsAllOf(t, webp(vp8(30, 20)))
  await needsAllOf(t, webp(vp8x(30, 20, EXIF), vp8l(30, 20), riffChunk('EXIF', exif(6))))
  await isImage(t, Buffer.concat([webp(vp8(3, 2)), Buffer.from('trailer')]), {
    format: 'webp',
    width: 3,
    height: 2,
  })
})
