import t from 'tap'
import { chunk, exif, PNG_SIGNATURE, png, u32 } from './fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

t.test('the size is IHDR’s', async (t) => {
  await isImage(t, png(1, 1), { format: 'png', width: 1, height: 1 })
  await isImage(t, png(0x7fffffff, 65_536), { format: 'png', width: 0x7fffffff, height: 65_536 })
})

t.test('every colour type with its depths, and no other', async (t) => {
  const allowed = ['1 0', '2 0', '4 0', '8 0', '16 0', '8 2', '16 2', '1 3', '2 3', '4 3', '8 3']
  allowed.push('8 4', '16 4', '8 6', '16 6')
  for (let colour = 0; colour <= 8; colour++) {
    for (let depth = 0; depth <= 33; depth++) {
      const content = png(3, 2, [depth, colour, 0, 0, 1])
      if (allowed.includes(`${depth} ${colour}`))
        await isImage(t, content, { format: 'png', width: 3, height: 2 })
      else await isDamaged(t, content, /colour type/)
    }
  }
})

t.test('headers that cannot be', async (t) => {
  await isDamaged(t, png(0, 1), /size of zero/)
  await isDamaged(t, png(1, 0), /size of zero/)
  await isDamaged(t, png(0x80000000, 1), /impossible size/)
  await isDamaged(t, png(1, 1, [8, 6, 1, 0, 0]), /method/)
  await isDamaged(t, png(1, 1, [8, 6, 0, 1, 0]), /method/)
  await isDamaged(t, png(1, 1, [8, 6, 0, 0, 2]), /method/)
  await isDamaged(t, Buffer.concat([PNG_SIGNATURE, chunk('IDAT', Buffer.alloc(13))]), /begin with an IHDR/)
  await isDamaged(t, Buffer.concat([PNG_SIGNATURE, chunk('IHDR', Buffer.alloc(14))]), /begin with an IHDR/)
  await isDamaged(t, png(1, 1, [8, 6, 0, 0, 0], [chunk('IEND')]), /no pixels/)
  const spoiled = png(300, 200)
  spoiled.writeUInt8(spoiled.readUInt8(19) ^ 1, 19)
  await isDamaged(t, spoiled, /checksum/)
  await isDamaged(t, Buffer.from('\x89PNG\n\x1a\n________________', 'latin1'), /text mode/)
})

t.test('orientation comes from eXIf before the pixels; a broken one is ignored', async (t) => {
  const size = { format: 'png', width: 3, height: 2 } as const
  const methods = [8, 2, 0, 0, 0]
  await isImage(t, png(3, 2, methods, [chunk('gAMA', u32(1)), chunk('eXIf', exif(8))]), {
    ...size,
    orientation: 8,
  })
  await isImage(t, png(3, 2, methods, [chunk('eXIf', Buffer.from('MM'))]), size)
})

t.test('chunks before the pixels', async (t) => {
  const huge = Buffer.concat([u32(0x7fffffff), Buffer.from('tEXt')])
  await isDamaged(t, png(1, 1, [8, 6, 0, 0, 0], [huge]), /file ends/)
  const longer = Buffer.concat([u32(0xffffffff), Buffer.from('tEXt')])
  await isDamaged(t, png(1, 1, [8, 6, 0, 0, 0], [longer]), /longer than one may be/)
  const many = Array.from({ length: 5000 }, () => chunk('tEXt'))
  await isDamaged(t, png(1, 1, [8, 6, 0, 0, 0], many), /more chunks/)
  const text = chunk('iTXt', Buffer.alloc(1_000_000))
  await isImage(t, png(1, 1, [8, 6, 0, 0, 0], [text]), { format: 'png', width: 1, height: 1 })
})

t.test('cut short', async (t) => {
  const content = png(3, 2, [8, 6, 0, 0, 0], [chunk('eXIf', exif(1))])
  await needsAllOf(t, Buffer.concat([content, Buffer.alloc(5)]), content.length)
})
